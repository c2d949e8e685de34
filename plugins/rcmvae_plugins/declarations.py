"""Declares every built-in plugin to the entry point, without importing an implementation."""

from __future__ import annotations

from collections.abc import Iterator

from rcmvae_core.errors import Diagnostic
from rcmvae_core.plugin.declaration import Plugin
from rcmvae_core.plugin.hookspecs import hookimpl
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_plugins import (
    acquisitions,
    augmentations,
    backbones,
    calibrators,
    callbacks,
    classifiers,
    conditioners,
    curricula,
    data,
    encoders,
    exporters,
    figures,
    heads,
    losses,
    metrics,
    optimizers,
    priors,
    projections,
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
    callbacks,
    optimizers,
    trackers,
    scores,
    calibrators,
    acquisitions,
    projections,
    metrics,
    figures,
    exporters,
)


@hookimpl
def rcmvae_plugins() -> Iterator[Plugin]:
    """Return the plugins of every family."""
    for family in _FAMILIES:
        yield from family.PLUGINS


@hookimpl
def rcmvae_check(resolved: ResolvedSpec) -> Iterator[Diagnostic]:
    """Check rules across tables, which capability tokens cannot express."""
    # Imported here, because they import parameter classes, which a list of plugins does not need.
    from rcmvae_plugins.callbacks import _checks as callbacks_checks  # noqa: PLC0415
    from rcmvae_plugins.curricula import _checks as curricula_checks  # noqa: PLC0415
    from rcmvae_plugins.priors import _checks as priors_checks  # noqa: PLC0415

    yield from priors_checks.check(resolved)
    yield from curricula_checks.check(resolved)
    yield from callbacks_checks.check(resolved)
