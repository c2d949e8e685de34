"""Computes principal components, and the plane of the first two."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from rcmvae_core.plugin.protocols import FittedProjection
from rcmvae_plugins.projections._spread import SPREAD, across

_PLANE = 2


def principal_plane(rows: Float[np.ndarray, "n F"]) -> FittedProjection:
    """Return the plane of the two components with the largest variance.

    One feature has one component, across which inputs are spread.
    """
    mean, directions, shares = _components(rows)

    def transform(features: Float[np.ndarray, "N F"]) -> Float[np.ndarray, "N 2"]:
        plane = ((features.astype(np.float64) - mean) @ directions.T).astype(np.float32)
        return plane if len(shares) == _PLANE else np.stack([plane[:, 0], across(plane[:, 0])], axis=1)

    def inverse(plane: Float[np.ndarray, "N 2"]) -> Float[np.ndarray, "N F"]:
        return plane[:, : len(shares)].astype(np.float64) @ directions + mean

    axes = [f"PC {number} ({share:.0%})" for number, share in enumerate(shares, start=1)]
    return FittedProjection(transform, (axes[0], axes[1] if len(axes) == _PLANE else SPREAD), inverse)


def _components(
    rows: Float[np.ndarray, "n F"],
) -> tuple[Float[np.ndarray, " F"], Float[np.ndarray, "d F"], Float[np.ndarray, " d"]]:
    """Return the mean, the d = min(F, 2) directions, and the share of the variance along each."""
    mean = rows.mean(axis=0, dtype=np.float64)
    centred = rows - mean
    variances, vectors = np.linalg.eigh(centred.T @ centred)
    # In ascending order; rounding may put one of zero below it.
    largest = np.maximum(variances[::-1], 0.0)[:_PLANE]
    directions = vectors.T[::-1][:_PLANE]
    # The sign of a component is arbitrary; a rule for it gives the same plane on every machine.
    signs = np.sign(directions[np.arange(len(directions)), np.abs(directions).argmax(axis=1)])
    total = max(float(variances.sum()), np.finfo(np.float64).tiny)
    return mean, directions * signs[:, None], largest / total
