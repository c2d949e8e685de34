"""Defines what plugins declare and implement, and finds the ones that are installed."""
