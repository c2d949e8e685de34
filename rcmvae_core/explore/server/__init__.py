"""Serves a workspace over HTTP: the page, and the interface that the page and scripts use."""
