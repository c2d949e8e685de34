"""Plugins with one fault each, and how the kit must tell it."""

from __future__ import annotations

# Each adds its faults when it is imported.
from tests.conformance.planted import (  # noqa: F401
    declaration,
    judging,
    latent,
    learning,
    likelihood,
    nets,
    objective,
    outside,
)
from tests.conformance.planted.fault import FAULTS

__all__ = ["FAULTS"]
