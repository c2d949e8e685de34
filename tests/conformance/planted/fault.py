"""How a fault is planted: a function is declared as a plugin, with the check that must fail."""

from __future__ import annotations

from typing import Any

from rcmvae_core import Plugin

FAULTS: list[tuple[Plugin, str, str]] = []
"""A plugin, the check that must fail, and a pattern of its message."""


def planted(kind: str, check: str, message: str, **declared: Any):
    """Declare the function below as a plugin with a fault."""

    def note(function):
        path = f"{function.__module__}:{function.__name__}"
        declared.setdefault("summary", "A plugin with a fault.")
        FAULTS.append((Plugin(kind, function.__name__, impl=path, **declared), check, message))
        return function

    return note
