"""The whole plugin contract: three hooks. A distribution names one module in the entry-point group."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from rcmvae_core.declarations import Kind, Plugin
    from rcmvae_core.errors import Diagnostic
    from rcmvae_core.resolve import ResolvedSpec

GROUP = "rcmvae.plugins.v1"

hookspec = pluggy.HookspecMarker("rcmvae")
hookimpl = pluggy.HookimplMarker("rcmvae")
"""Marks a function of a plugin's module as one of the three hooks below."""


@hookspec
def rcmvae_kinds() -> Iterable[Kind]:  # pyright: ignore[reportReturnType]
    """Kinds of part that this distribution adds."""


@hookspec
def rcmvae_plugins() -> Iterable[Plugin]:  # pyright: ignore[reportReturnType]
    """Parts that this distribution declares."""


@hookspec
def rcmvae_check(resolved: ResolvedSpec) -> Iterable[Diagnostic]:  # pyright: ignore[reportReturnType]
    """Faults in a resolved spec that capability tokens cannot express."""
