"""What capability tokens cannot say of priors: rules that join a prior's parameters with `[latent]`."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rcmvae_core.errors import Diagnostic
from rcmvae_core.resolve import Part, ResolvedSpec
from rcmvae_core.tables import LatentTable
from rcmvae_plugins.priors.params import GeometricMogParams, VampParams


def check(resolved: ResolvedSpec) -> Iterator[Diagnostic]:
    """What a prior's parameters and `[latent]` say against each other."""
    prior = resolved.maybe("prior")
    if prior is None:
        return
    if isinstance(prior.params, GeometricMogParams):
        yield from _arrangement(prior, prior.params.arrangement, resolved.latent)
    if isinstance(prior.params, VampParams) and resolved.latent.layout == "decentralized":
        yield from _samples(prior, prior.params.samples)


def _arrangement(prior: Part, arrangement: str, latent: LatentTable) -> Iterator[Diagnostic]:
    """E216 where an arrangement does not fit K or D; W301 wherever there is one."""
    side = math.isqrt(latent.channels)
    if arrangement == "grid" and side**2 != latent.channels:
        message = f"{prior} arranges channels on a square grid, but `latent.channels` is {latent.channels}"
        near = f"the nearest squares are {side**2} and {(side + 1) ** 2}"
        yield Diagnostic("E216", message, prior.place, help=[near, 'or take arrangement = "circle"'])
    if latent.dim < 2:  # noqa: PLR2004 - a plane
        message = f"{prior} arranges channels in a plane, but `latent.dim` is {latent.dim}"
        yield Diagnostic("E216", message, prior.place, help=["give latents at least 2 dimensions"])
    yield Diagnostic(
        "W301",
        f"the arrangement of channels is induced, not learned: neighbours on the {arrangement} are near by"
        f" construction of {prior}",
        prior.place,
        help=["nearness in the latent space is no finding; `mixture` and `vamp` leave it to the data"],
    )


def _samples(prior: Part, samples: int) -> Iterator[Diagnostic]:
    """E207 where samples are asked for and none is drawn."""
    if samples > 1:
        message = f"{prior}: samples is {samples}, but with a latent for each channel the KL is exact"
        help_ = ["leave samples out", 'or share one latent: latent.layout = "shared"']
        yield Diagnostic("E207", message, prior.place, help=help_)
