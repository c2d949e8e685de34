"""A resolved spec to a trained model."""
