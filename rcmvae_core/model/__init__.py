"""Builds a model, pure functions over a dict of parameters, from a resolved spec and the sizes of its data."""
