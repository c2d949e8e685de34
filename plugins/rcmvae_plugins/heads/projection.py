"""What heads of this family share: the linear map from features to values in the shape of the input."""

from __future__ import annotations

import math

from flax import linen as nn
from jaxtyping import Array, Float

from rcmvae_core.nets import Dense


class Projection(nn.Module):
    """Features [B, M, F], or [B, M, *spatial, F], to values [B, M, *x].

    Flat features pass a linear map to every value of x; spatial features one to the channels of each place.
    """

    shape: tuple[int, ...]
    kernel_init: nn.initializers.Initializer = nn.initializers.lecun_normal()
    bias_init: nn.initializers.Initializer = nn.initializers.zeros

    @nn.compact
    def __call__(self, features: Float[Array, "B M *f"]) -> Float[Array, "B M *x"]:
        """Project; raises a ValueError when the features' places are not those of x."""
        spatial = features.shape[2:-1]
        if not spatial:
            values = self._linear(math.prod(self.shape))(features)
            return values.reshape(*features.shape[:2], *self.shape)
        if spatial != self.shape[:-1]:
            raise ValueError(f"features have the places {spatial}, but inputs {self.shape[:-1]}")
        return self._linear(self.shape[-1])(features)

    def _linear(self, features: int) -> Dense:
        return Dense(features, kernel_init=self.kernel_init, bias_init=self.bias_init)


def inverse_softplus(value: float) -> float:
    """The s with softplus(s) = `value`, for a positive value.

    Example:
        >>> round(math.log1p(math.exp(inverse_softplus(0.2))), 12)
        0.2
    """
    return value + math.log(-math.expm1(-value))


def rows(values: Float[Array, "*any"], lead: int) -> Float[Array, "*rows P"]:
    """Join all axes after the first `lead` into one.

    XLA vectorises a sum over one long axis; over (28, 28, 1) on CPU it made a whole training step twice as long.
    """
    return values.reshape(*values.shape[:lead], -1)
