"""The linear map from features to values in the shape of the input, which heads of this family share."""

from __future__ import annotations

import math

from flax import linen as nn
from jaxtyping import Array, Float


class Projection(nn.Module):
    """Features [B, M, F], or [B, M, *spatial, F], to values [B, M, *x].

    Flat features pass a linear map to every value of x; spatial features one to the channels of each place.
    """

    shape: tuple[int, ...]

    @nn.compact
    def __call__(self, features: Float[Array, "B M *f"]) -> Float[Array, "B M *x"]:
        """Project; raises a ValueError when the features' places are not those of x."""
        spatial = features.shape[2:-1]
        if not spatial:
            values = nn.Dense(math.prod(self.shape))(features)
            return values.reshape(*features.shape[:2], *self.shape)
        if spatial != self.shape[:-1]:
            raise ValueError(f"features have the places {spatial}, but inputs {self.shape[:-1]}")
        return nn.Dense(self.shape[-1])(features)


def rows(values: Float[Array, "*any"], lead: int) -> Float[Array, "*rows P"]:
    """Join all axes after the first `lead` into one.

    XLA vectorises a sum over one long axis; over (28, 28, 1) on CPU it made a whole training step twice as long.
    """
    return values.reshape(*values.shape[:lead], -1)
