"""Defines the parameters of priors."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.plugin.parameters import Capabilities, param

Weights = Literal["uniform", "learned"]

_PI = "p(c): 1/K for every channel, or learned with this initial value."


def _of_pi(pi: Weights) -> Capabilities:
    """Return the token that a learned pi provides."""
    return Capabilities(provides=("prior.learned_pi",) if pi == "learned" else ())


@attrs.frozen
class MixtureParams:
    """Parameters of `[prior.mixture]`."""

    pi: Weights = param("uniform", doc=_PI)

    def capabilities(self) -> Capabilities:
        """Return what depends on whether pi is learned."""
        return _of_pi(self.pi)


@attrs.frozen
class VampParams:
    """Parameters of `[prior.vamp]`."""

    init: Literal["random", "kmeans"] = param(
        "random", doc="Initial pseudo-inputs: K random training inputs, or the centres of K clusters of them."
    )
    learning_rate_factor: float = param(
        0.1,
        doc="Factor on the learning rate for pseudo-inputs; 0 keeps their initial values.",
        ge=0,
        le=100,
    )
    samples: int = param(
        1,
        doc="Number of latent samples per input that estimate the KL of a shared latent; otherwise the KL is exact.",
        ge=1,
        le=1000,
    )
    pi: Weights = param("uniform", doc=_PI)

    def capabilities(self) -> Capabilities:
        """Return what depends on whether pi is learned."""
        return _of_pi(self.pi)


@attrs.frozen
class VampMixtureParams:
    """Parameters of `[prior.vamp_mixture]`; lengths are in units of the latent space."""

    init: Literal["random", "kmeans"] = param(
        "kmeans", doc="Initial pseudo-inputs: K random training inputs, or the centres of K clusters of them."
    )
    learning_rate_factor: float = param(
        0.1,
        doc="Factor on the learning rate for pseudo-inputs; 0 keeps their initial values.",
        ge=0,
        le=100,
    )
    scale: float = param(1.0, doc="Initial standard deviation of each Gaussian.", ge=1e-3, le=1000)


@attrs.frozen
class GeometricMogParams:
    """Parameters of `[prior.geometric_mog]`; lengths are in units of the latent space."""

    arrangement: Literal["circle", "grid"] = param(
        "circle",
        doc="Centres evenly spaced on a circle, or on a square grid, which requires a square number K.",
    )
    radius: float = param(4.0, doc="Radius of the circle, or half the side of the grid.", gt=0, le=1000)
    scale: float = param(1.0, doc="Standard deviation of each Gaussian.", ge=1e-3, le=1000)
    pi: Weights = param("uniform", doc=_PI)

    def capabilities(self) -> Capabilities:
        """Return what depends on whether pi is learned."""
        return _of_pi(self.pi)
