"""Parameters of priors."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.params import Capabilities, param

Weights = Literal["uniform", "learned"]

_PI = "p(c): 1/K for every channel, or learned, starting from there."


def _of_pi(pi: Weights) -> Capabilities:
    """Only a learned pi can be given a prior of its own."""
    return Capabilities(provides=("prior.learned_pi",) if pi == "learned" else ())


@attrs.frozen
class MixtureParams:
    """`[prior.mixture]`."""

    pi: Weights = param("uniform", doc=_PI)

    def capabilities(self) -> Capabilities:
        """Whether pi is learned."""
        return _of_pi(self.pi)


@attrs.frozen
class VampParams:
    """`[prior.vamp]`."""

    init: Literal["random", "kmeans"] = param(
        "random", doc="Where pseudo-inputs start: K training inputs, or the centres of K clusters of them."
    )
    learning_rate_factor: float = param(
        0.1,
        doc="Factor on the optimizer's learning rate for pseudo-inputs; 0 keeps them as they start.",
        ge=0,
        le=100,
    )
    samples: int = param(
        1,
        doc="Latents S of each input that estimate the KL of a shared latent; else it is exact.",
        ge=1,
        le=1000,
    )
    pi: Weights = param("uniform", doc=_PI)

    def capabilities(self) -> Capabilities:
        """Whether pi is learned."""
        return _of_pi(self.pi)


@attrs.frozen
class GeometricMogParams:
    """`[prior.geometric_mog]`; lengths are in units of the latent space."""

    arrangement: Literal["circle", "grid"] = param(
        "circle", doc="Centres evenly on a circle, or on a square grid, for which K must be a square."
    )
    radius: float = param(4.0, doc="Radius of the circle, or half the side of the grid.", gt=0, le=1000)
    scale: float = param(1.0, doc="Standard deviation s about each centre.", ge=1e-3, le=1000)
    pi: Weights = param("uniform", doc=_PI)

    def capabilities(self) -> Capabilities:
        """Whether pi is learned."""
        return _of_pi(self.pi)
