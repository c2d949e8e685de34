"""Fixtures of a small experiment, prepared and compiled once."""

from tests.support.small_training import prepared, programs, registry, resolve_tiny, tiny_file

__all__ = ["prepared", "programs", "registry", "resolve_tiny", "tiny_file"]
