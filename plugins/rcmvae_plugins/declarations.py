"""What the entry point names: every built-in plugin, declared without importing an implementation."""

from __future__ import annotations

from collections.abc import Iterator

from rcmvae_core.declarations import Plugin
from rcmvae_core.hookspecs import hookimpl
from rcmvae_plugins import (
    backbones,
    classifiers,
    conditioners,
    data,
    encoders,
    figures,
    heads,
    losses,
    optimizers,
    priors,
    routing,
    schedules,
)

_FAMILIES = (
    data,
    encoders,
    priors,
    routing,
    conditioners,
    backbones,
    heads,
    losses,
    schedules,
    classifiers,
    optimizers,
    figures,
)


@hookimpl
def rcmvae_plugins() -> Iterator[Plugin]:
    """Parts of every family."""
    for family in _FAMILIES:
        yield from family.PLUGINS
