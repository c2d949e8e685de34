"""Draws the latent's own coordinates."""

from __future__ import annotations

import numpy as np
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import BuildContext, FittedProjection, NotApplicable, Projection
from rcmvae_plugins.projections._spread import SPREAD, across

_PLANE = 2


def latent(params: NoParams, context: BuildContext) -> Projection:
    """Draw features as they are: two in a plane, and one along a line, across which inputs are spread.

    Args:
        params: none.
        context: unused.

    Returns:
        A Projection that does not apply to more than two features.
    """
    del params, context

    def fit(features: Float[np.ndarray, "N F"], key: Key[Array, ""]) -> FittedProjection | NotApplicable:
        del key
        size = features.shape[1]
        if size == 1:
            return FittedProjection(_spread, ("z1", SPREAD), lambda plane: plane[:, :1])
        if size == _PLANE:
            return FittedProjection(np.array, ("z1", "z2"), np.array)
        return NotApplicable(f"an input has {size} coordinates, and only one or two can be drawn as they are")

    return fit


def _spread(features: Float[np.ndarray, "N 1"]) -> Float[np.ndarray, "N 2"]:
    return np.stack([features[:, 0], across(features[:, 0])], axis=1)
