"""Trains the model of one seed, or of several, from state to state."""
