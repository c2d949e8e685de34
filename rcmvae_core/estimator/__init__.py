"""Wraps the model as a scikit-learn classifier."""
