"""Gives maps of embeddings the rank of features, for the conditioners of this family."""

from __future__ import annotations

from jaxtyping import Array, Float


def over_places(rows: Float[Array, "*e"], h: Float[Array, "*h"]) -> Float[Array, "*row"]:
    """Insert an axis of length 1 into rows [*lead', G] for each spatial axis of h [*lead, *spatial, F].

    Args:
        rows: a map of the embeddings, [*lead', G].
        h: features [*lead, *spatial, F], of which only the rank counts.

    Returns:
        The rows as [*lead', 1, ..., 1, G], which broadcast against h at every place.
    """
    return rows.reshape(*rows.shape[:-1], *[1] * (h.ndim - rows.ndim), rows.shape[-1])
