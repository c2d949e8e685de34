"""Finds and imports the packages that only some output formats need."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any


def has_pyarrow() -> bool:
    """Return whether pyarrow is installed, without importing it."""
    return find_spec("pyarrow") is not None


def has_flatbuffers() -> bool:
    """Return whether flatbuffers, which `jax.export` serialises programs with, is installed."""
    return find_spec("flatbuffers") is not None


def import_pyarrow() -> tuple[Any, Any]:
    """Import `pyarrow` and `pyarrow.parquet`."""
    return import_module("pyarrow"), import_module("pyarrow.parquet")
