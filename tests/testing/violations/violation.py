"""Declare a function as a plugin that violates its contract, with the check that must fail."""

from __future__ import annotations

from typing import Any

from rcmvae_core import Plugin

VIOLATIONS: list[tuple[Plugin, str, str]] = []
"""A plugin, the check that must fail, and a pattern of its message."""


def violates(kind: str, check: str, message: str, **declared: Any):
    """Return a decorator that declares a function as a plugin.

    Args:
        kind: the kind of the plugin.
        check: a pattern of the name of the check that must fail.
        message: a pattern of its message.
        declared: other fields of the declaration.
    """

    def register(function):
        path = f"{function.__module__}:{function.__name__}"
        declared.setdefault("summary", "A plugin that violates its contract.")
        VIOLATIONS.append((Plugin(kind, function.__name__, impl=path, **declared), check, message))
        return function

    return register
