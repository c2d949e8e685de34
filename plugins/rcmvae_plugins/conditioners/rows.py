"""Linear maps of the embedding's rows, which conditioners of this family share."""

from __future__ import annotations

from jaxtyping import Array, Float


def over_places(rows: Float[Array, "*e"], h: Float[Array, "*h"]) -> Float[Array, "*row"]:
    """Rows [*lead', G] with an axis of one for each spatial axis of h [*lead, *spatial, F]."""
    return rows.reshape(*rows.shape[:-1], *[1] * (h.ndim - rows.ndim), rows.shape[-1])
