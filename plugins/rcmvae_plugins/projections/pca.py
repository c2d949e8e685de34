"""Draws the two directions with the largest variance."""

from __future__ import annotations

import numpy as np
from jaxtyping import Array, Float, Key

from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.plugin.protocols import BuildContext, FittedProjection, Projection
from rcmvae_plugins.projections._components import principal_plane
from rcmvae_plugins.projections.params import PcaParams


def pca(params: PcaParams, context: BuildContext) -> Projection:
    """Draw (x - mean) @ v for the two eigenvectors v of the covariance with the largest eigenvalues.

    The largest entry of v by magnitude is positive, so that the same data gives the same plane on every machine.

    Args:
        params: the number of inputs to fit it to.
        context: unused.

    Returns:
        A Projection that uses no random numbers.
    """
    del context

    def fit(features: Float[np.ndarray, "N F"], key: Key[Array, ""]) -> FittedProjection:
        del key
        return principal_plane(features[evenly_spaced(len(features), params.fitted)])

    return fit
