"""Defines the error of a checkpoint that cannot be trusted."""

from __future__ import annotations


class CorruptCheckpointError(Exception):
    """A checkpoint is incomplete, or its content is not what was written."""
