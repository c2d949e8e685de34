"""Projects latents to a plane."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

PLANE = 2


class Plane(NamedTuple):
    """Coordinates in a plane, or on a line if the latent has one dimension.

    Args:
        positions: of the rows that define it.
        names: of its axes.
        variances: the fraction of variance of each principal component; empty for the latent's own coordinates.
        origin: the point that is projected to zero.
        directions: of the axes.
    """

    positions: Float[np.ndarray, "n d"]
    names: tuple[str, ...]
    variances: Float[np.ndarray, " s"]
    origin: Float[np.ndarray, " D"]
    directions: Float[np.ndarray, "d D"]

    def project(self, values: Float[np.ndarray, "m D"]) -> Float[np.ndarray, "m d"]:
        """Return the coordinates of other rows."""
        return (values.astype(float) - self.origin) @ self.directions.T


def own_axes(latents: Float[np.ndarray, "n D"]) -> Plane:
    """Return the latent's own coordinates; those of more than two dimensions are principal components."""
    dim = latents.shape[1]
    if dim > PLANE:
        return principal_components(latents)
    names = tuple(f"z{axis + 1}" for axis in range(dim))
    return Plane(latents.astype(float), names, np.zeros(0), np.zeros(dim), np.eye(dim))


def principal_components(latents: Float[np.ndarray, "n D"]) -> Plane:
    """Return the first two principal components."""
    values = latents.astype(float)
    origin = values.mean(axis=0)
    # Rows of zeros change no component, and there are at least two components of two dimensions or more.
    padded = np.pad(values - origin, ((0, PLANE), (0, 0)))
    _, singular_values, directions = np.linalg.svd(padded, full_matrices=False)
    # The sign of a component is arbitrary; a rule for it makes figures the same on every machine.
    largest = np.abs(directions).argmax(axis=1)
    directions = (directions * np.sign(directions[np.arange(len(directions)), largest])[:, None])[:PLANE]
    variances = np.square(singular_values)
    variances = variances[:PLANE] / max(variances.sum(), np.finfo(float).tiny)
    names = tuple(f"PC{axis + 1} ({share:.0%})" for axis, share in enumerate(variances))
    return Plane((values - origin) @ directions.T, names, variances, origin, directions)
