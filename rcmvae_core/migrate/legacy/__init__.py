"""Translate the predecessor's YAML flags to a spec."""
