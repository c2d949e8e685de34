"""Turns a plane so that inputs lie where they lay in an earlier one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

FEWEST = 3
"""Inputs in both planes; two leave a rotation and a reflection that fit equally well."""


class Turn(NamedTuple):
    """A rotation or reflection of a plane, and a shift, which keep all distances.

    Args:
        rotation: an orthogonal matrix.
        origin: the point that is rotated around.
        target: where this point goes.
    """

    rotation: Float[np.ndarray, "2 2"]
    origin: Float[np.ndarray, " 2"]
    target: Float[np.ndarray, " 2"]

    def apply(self, plane: Float[np.ndarray, "N 2"]) -> Float[np.ndarray, "N 2"]:
        """Return where points of the plane go."""
        return ((plane - self.origin) @ self.rotation + self.target).astype(np.float32)

    def undo(self, plane: Float[np.ndarray, "N 2"]) -> Float[np.ndarray, "N 2"]:
        """Return where points come from."""
        return ((plane - self.target) @ self.rotation.T + self.origin).astype(np.float32)


def align(plane: Float[np.ndarray, "N 2"], earlier: Float[np.ndarray, "N 2"]) -> Turn | None:
    """Find the turn after which the squared distances to an earlier plane are least.

    It is the solution of the orthogonal Procrustes problem: for centred coordinates A and B and the singular value
    decomposition AᵀB = U S Vᵀ the rotation is U Vᵀ.

    Args:
        plane: where inputs lie.
        earlier: where the same inputs lay.

    Returns:
        The turn; None for too few inputs.

    Source: P. H. Schönemann, "A Generalized Solution of the Orthogonal Procrustes Problem", 1966.
    """
    if len(plane) < FEWEST:
        return None
    origin, target = plane.mean(axis=0, dtype=np.float64), earlier.mean(axis=0, dtype=np.float64)
    left, _, right = np.linalg.svd((plane - origin).T @ (earlier - target))
    return Turn(left @ right, origin, target)
