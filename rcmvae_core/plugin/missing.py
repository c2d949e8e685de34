"""Separates the observed values of x from the missing ones, which are NaN."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from rcmvae_core.plugin.protocols import BuildContext


class Observed(NamedTuple):
    """The values of inputs, and which of them were observed.

    A head uses `values`, and sums its terms with `sum`. Replacing NaN before anything is computed, and taking terms away
    after it, keeps NaN out of values and of gradients.

    Args:
        values: x with 0 for a missing value.
        mask: which values were observed; None if all were.
    """

    values: Float[Array, "B *x"]
    mask: Bool[Array, "B *x"] | None = None

    def sum(self, terms: Float[Array, "B m P"]) -> Float[Array, "B m"]:
        """Sum the terms of the observed values.

        Args:
            terms: finite, one for each value of x, flattened.
        """
        if self.mask is None:
            return terms.sum(axis=-1)
        mask = self.mask.reshape(len(self.mask), 1, -1)
        return jnp.where(mask, terms, 0.0).sum(axis=-1)

    def take(self, features: Int[np.ndarray, "*n"]) -> Observed:
        """Return the features with these numbers, [B, *n], of inputs that are rows of features."""
        return Observed(self.values[:, features], None if self.mask is None else self.mask[:, features])

    def sum_columns(self, terms: Float[Array, "B m n"]) -> Float[Array, "B m"]:
        """Sum the terms of columns, of values [B, n, w], without those of which a feature is missing.

        Args:
            terms: finite, one for each column.
        """
        return Observed(self.values, None if self.mask is None else self.mask.all(axis=-1)).sum(terms)

    def counts(self) -> Float[Array, "b 1"]:
        """Return how many values of each input were observed; one number for all if all were."""
        if self.mask is None:
            return jnp.full((1, 1), float(self.values[0].size))
        return self.mask.reshape(len(self.mask), -1).sum(axis=1, keepdims=True).astype(self.values.dtype)


def observed(x: Float[Array, "B *x"], context: BuildContext) -> Observed:
    """Separate the observed values of x from the missing ones.

    A program for inputs without missing values has no trace of this.

    Args:
        x: inputs, with NaN for a missing value if `context.missing`.
        context: with which the plugin was built.

    Returns:
        Values without NaN, and which of them were observed.

    Example:
        >>> import attrs
        >>> from rcmvae_core.testing.plugin_case import TINY
        >>> x = jnp.array([[0.5, jnp.nan]])
        >>> parts = observed(x, attrs.evolve(TINY, missing=True))
        >>> parts.values.tolist(), parts.sum(jnp.array([[[2.0, 3.0]]])).tolist()
        ([[0.5, 0.0]], [[2.0]])
    """
    if not context.missing:
        return Observed(x)
    mask = ~jnp.isnan(x)
    return Observed(jnp.where(mask, x, 0.0), mask)
