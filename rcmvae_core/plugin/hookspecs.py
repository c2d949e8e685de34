"""Defines the hooks of the plugin contract; a distribution implements them in one module.

The distribution names that module as an entry point of the group `rcmvae.plugins.v1`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from rcmvae_core.errors import Diagnostic
    from rcmvae_core.plugin.declaration import Kind, Plugin
    from rcmvae_core.plugin.resolved import ResolvedSpec

GROUP = "rcmvae.plugins.v1"
"""The entry-point group of plugins."""

hookspec = pluggy.HookspecMarker("rcmvae")
hookimpl = pluggy.HookimplMarker("rcmvae")
"""Marks a function of a plugin module as an implementation of one of the four hooks below."""


@hookspec
def rcmvae_kinds() -> Iterable[Kind]:  # pyright: ignore[reportReturnType]
    """Return the kinds of plugin that this distribution adds."""


@hookspec
def rcmvae_plugins() -> Iterable[Plugin]:  # pyright: ignore[reportReturnType]
    """Return the plugins that this distribution declares."""


@hookspec
def rcmvae_check(resolved: ResolvedSpec) -> Iterable[Diagnostic]:  # pyright: ignore[reportReturnType]
    """Return diagnostics of a resolved spec for rules that capability tokens cannot express."""


@hookspec
def rcmvae_pages() -> Mapping[str, str]:  # pyright: ignore[reportReturnType]
    """Return the pages of this distribution's own diagnostic codes, in Markdown, by code: `rcmvae explain` prints them.

    The first line is `# CODE: what it means`; it is called only when a page is wanted.
    """
