"""New plugins and new specs as text, to start from: names and choices in, files out."""
