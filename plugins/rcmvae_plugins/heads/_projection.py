"""Maps features linearly to values in the shape of the input, for the heads of this family."""

from __future__ import annotations

import math

from flax import linen as nn
from jaxtyping import Array, Float

from rcmvae_core.plugin.flax_adapters import Dense


class Projection(nn.Module):
    """Features [B, M, F], or [B, M, *spatial, F], to values [B, M, *x].

    Flat features are mapped to all values of x; spatial features are mapped to the image channels of each place.
    """

    shape: tuple[int, ...]
    kernel_init: nn.initializers.Initializer = nn.initializers.lecun_normal()
    bias_init: nn.initializers.Initializer = nn.initializers.zeros

    @nn.compact
    def __call__(self, features: Float[Array, "B M *f"]) -> Float[Array, "B M *x"]:
        """Project features to values.

        Raises:
            ValueError: if the spatial shape of the features is not that of x.
        """
        spatial = features.shape[2:-1]
        if not spatial:
            values = self._linear(math.prod(self.shape))(features)
            return values.reshape(*features.shape[:2], *self.shape)
        if spatial != self.shape[:-1]:
            raise ValueError(
                f"the spatial shape of features, {spatial}, must be that of inputs, {self.shape[:-1]}"
            )
        return self._linear(self.shape[-1])(features)

    def _linear(self, features: int) -> Dense:
        return Dense(features, kernel_init=self.kernel_init, bias_init=self.bias_init)


def inverse_softplus(value: float) -> float:
    """Return the s with softplus(s) = `value`, for a positive value.

    Example:
        >>> round(math.log1p(math.exp(inverse_softplus(0.2))), 12)
        0.2
    """
    # expm1 keeps the digits of small values; log(exp(value) - 1) would overflow for large ones.
    return value + math.log(-math.expm1(-value))


def rows(values: Float[Array, "*any"], lead: int) -> Float[Array, "*rows P"]:
    """Flatten all axes after the first `lead` into one.

    XLA vectorises a sum over one long axis; a sum over (28, 28, 1) doubled the time of a training step on CPU.
    """
    return values.reshape(*values.shape[:lead], -1)
