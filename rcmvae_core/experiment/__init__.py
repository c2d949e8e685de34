"""Runs an experiment end to end: from a resolved spec to a trained run directory."""
