"""Plugins that violate their contract in one way each, with the check that must fail."""

from __future__ import annotations

# Each module adds its plugins to the list when it is imported.
from tests.testing.violations import (  # noqa: F401
    calibrating,
    declaration,
    io_plugins,
    latent,
    learning,
    likelihood,
    nets,
    objective,
    scoring,
)
from tests.testing.violations.violation import VIOLATIONS

__all__ = ["VIOLATIONS"]
