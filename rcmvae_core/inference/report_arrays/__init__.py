"""Computes the arrays of a trained state that figures and metrics read."""
