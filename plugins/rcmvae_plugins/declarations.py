"""What the entry point names: every built-in plugin, declared without importing an implementation."""

from __future__ import annotations

from collections.abc import Iterator

from rcmvae_core.declarations import Plugin
from rcmvae_core.errors import Diagnostic
from rcmvae_core.hookspecs import hookimpl
from rcmvae_core.resolve import ResolvedSpec
from rcmvae_plugins import (
    acquisitions,
    augmentations,
    backbones,
    classifiers,
    conditioners,
    curricula,
    data,
    encoders,
    figures,
    heads,
    losses,
    optimizers,
    priors,
    routing,
    schedules,
    scores,
    trackers,
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
    augmentations,
    schedules,
    curricula,
    classifiers,
    optimizers,
    trackers,
    scores,
    acquisitions,
    figures,
)


@hookimpl
def rcmvae_plugins() -> Iterator[Plugin]:
    """Parts of every family."""
    for family in _FAMILIES:
        yield from family.PLUGINS


@hookimpl
def rcmvae_check(resolved: ResolvedSpec) -> Iterator[Diagnostic]:
    """Rules across tables that tokens cannot say."""
    # Only a whole spec needs them, and a list of plugins is printed sooner without their parameters.
    from rcmvae_plugins.curricula import checks as of_curricula  # noqa: PLC0415
    from rcmvae_plugins.priors import checks as of_priors  # noqa: PLC0415

    yield from of_priors.check(resolved)
    yield from of_curricula.check(resolved)
