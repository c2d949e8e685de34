"""Generate new plugin packages and new specs as text to start from."""
