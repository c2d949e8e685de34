"""Writes the states of a seed to disk, and reads one to resume or fine-tune from."""
