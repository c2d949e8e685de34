"""Renders a finished run as one HTML page; runs no model code."""
