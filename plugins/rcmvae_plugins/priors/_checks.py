"""Checks the parameters of priors against `[latent]`, which capability tokens cannot express."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rcmvae_core.errors import Diagnostic
from rcmvae_core.plugin.core_tables import LatentTable
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec
from rcmvae_plugins.priors.params import GeometricMogParams, VampParams


def check(resolved: ResolvedSpec) -> Iterator[Diagnostic]:
    """Report contradictions between the parameters of the prior and `[latent]`."""
    prior = resolved.maybe("prior")
    if prior is None:
        return
    if isinstance(prior.params, GeometricMogParams):
        yield from _arrangement(prior, prior.params.arrangement, resolved.latent)
    if isinstance(prior.params, VampParams) and resolved.latent.layout == "decentralized":
        yield from _samples(prior, prior.params.samples)


def _arrangement(prior: ResolvedPart, arrangement: str, latent: LatentTable) -> Iterator[Diagnostic]:
    """Report an arrangement that does not fit K or D (E216), and warn of any arrangement (W301).

    Args:
        prior: the resolved prior.
        arrangement: `circle` or `grid`.
        latent: K and D.
    """
    side = math.isqrt(latent.channels)
    if arrangement == "grid" and side**2 != latent.channels:
        message = f"{prior} arranges channels on a square grid, but `latent.channels` is {latent.channels}"
        squares = f"the nearest squares are {side**2} and {(side + 1) ** 2}"
        yield Diagnostic("E216", message, prior.place, help=[squares, 'or use arrangement = "circle"'])
    if latent.dim < 2:  # noqa: PLR2004 - a plane
        message = f"{prior} arranges channels in a plane, but `latent.dim` is {latent.dim}"
        yield Diagnostic("E216", message, prior.place, help=["set `latent.dim` to 2 or more"])
    yield Diagnostic(
        "W301",
        f"the arrangement of channels is imposed, not learned: neighbours on the {arrangement} are close by"
        f" construction of {prior}",
        prior.place,
        help=["do not interpret distances between channels; `mixture` and `vamp` learn them from the data"],
    )


def _samples(prior: ResolvedPart, samples: int) -> Iterator[Diagnostic]:
    """Report a number of samples although the KL is exact (E207)."""
    if samples > 1:
        message = f"{prior}: `samples` is {samples}, but with a latent for each channel the KL is exact"
        help_ = ["remove `samples`", 'or use one latent for all channels: latent.layout = "shared"']
        yield Diagnostic("E207", message, prior.place, help=help_)
