"""Defines projections, which draw the inputs of a model in a plane.

N inputs, F features of each: a latent of D sizes, or features that join the latents of all channels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol, runtime_checkable

from jaxtyping import Array, Float, Key
from numpy import ndarray

from rcmvae_core.plugin.protocols.figure import NotApplicable


class FittedProjection(NamedTuple):
    """Coordinates in a plane, fitted to some inputs.

    Args:
        transform: features to coordinates, also of inputs that it was not fitted to.
        axes: what the axes show, such as `("z1", "z2")` or `("PC 1 (43 %)", "PC 2 (20 %)")`.
        inverse: coordinates to features that `transform` takes back to them; None if there is no such function.
    """

    transform: Callable[[Float[ndarray, "N F"]], Float[ndarray, "N 2"]]
    axes: tuple[str, str]
    inverse: Callable[[Float[ndarray, "N 2"]], Float[ndarray, "N F"]] | None = None


@runtime_checkable
class Projection(Protocol):
    """Fit coordinates in a plane to at least one input; the same features and key give the same."""

    def __call__(
        self, features: Float[ndarray, "N F"], key: Key[Array, ""]
    ) -> FittedProjection | NotApplicable: ...
