"""Reads and writes the run directory, the format in which a run is kept on disk."""
