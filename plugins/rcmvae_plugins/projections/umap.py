"""Draws inputs with UMAP, which keeps neighbours together."""

from __future__ import annotations

import warnings
from importlib import import_module
from threading import Lock
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float, Int, Key
from scipy.spatial import KDTree

from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.plugin.protocols import BuildContext, FittedProjection, NotApplicable, Projection
from rcmvae_plugins.projections._components import principal_plane
from rcmvae_plugins.projections.params import UmapParams

_FEWEST = 4
"""Fewer inputs have no neighbourhoods to keep."""
_EPOCHS = 200
"""As many as UMAP takes for many inputs by itself; it takes 500 for few, which begin at random places there."""
_ROWS = 10_000
"""How many inputs are placed at a time, which bounds the memory."""
_ONE_AT_A_TIME = Lock()
"""Numba ends the process if two threads run its parallel functions at once."""


def umap(params: UmapParams, context: BuildContext) -> Projection:
    """Fit UMAP, starting from principal components, which keep the whole in place.

    Only the inputs that it is fitted to are placed by UMAP itself. Others lie at the mean of their nearest neighbours
    among these, weighted by the inverse distance: a function of the input alone, which UMAP's own `transform` is not.

    Args:
        params: neighbours, distances and the number of inputs to fit it to.
        context: unused.

    Returns:
        A Projection that does not apply if `umap-learn` is not installed.

    Source: L. McInnes, J. Healy, J. Melville, "UMAP: Uniform Manifold Approximation and Projection for Dimension
        Reduction", 2018.
    """
    del context

    def fit(features: Float[np.ndarray, "N F"], key: Key[Array, ""]) -> FittedProjection | NotApplicable:
        rows = np.unique(features[evenly_spaced(len(features), params.fitted)].astype(np.float32), axis=0)
        if len(rows) < _FEWEST:
            return NotApplicable(f"UMAP needs at least {_FEWEST} different inputs, and there are {len(rows)}")
        with _ONE_AT_A_TIME:
            package = _import_umap()
            if package is None:
                return NotApplicable("it needs the package `umap-learn`: pip install 'rcmvae[umap]'")
            places = _fitted(package, params, rows, key)
        return FittedProjection(_between_neighbours(rows, places), ("UMAP 1", "UMAP 2"))

    return fit


def _import_umap() -> Any:
    """Return the package, which takes seconds to import; None if it is not installed."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Tensorflow not installed", ImportWarning)
        try:
            return import_module("umap")
        except ImportError:
            return None


def _fitted(
    package: Any,
    params: UmapParams,
    rows: Float[np.ndarray, "n F"],
    key: Key[Array, ""],
) -> Float[np.ndarray, "n 2"]:
    """Return the coordinates that UMAP gives to different inputs.

    Args:
        package: `umap`.
        params: neighbours and distances.
        rows: the inputs.
        key: of the random numbers.
    """
    model = package.UMAP(
        n_neighbors=min(params.neighbours, len(rows) - 1),
        min_dist=params.min_dist,
        n_epochs=_EPOCHS,
        init=principal_plane(rows).transform(rows),
        random_state=int(jax.random.bits(key, dtype=np.uint32)) >> 1,
        n_jobs=1,  # with a seed there is only one, and more are a warning
    )
    places = model.fit_transform(rows)
    return (places - places.mean(axis=0)).astype(np.float32)


def _between_neighbours(rows: Float[np.ndarray, "n F"], places: Float[np.ndarray, "n 2"]) -> Any:
    """Return a function from inputs to coordinates.

    Args:
        rows: the inputs that have coordinates.
        places: their coordinates.
    """
    tree = KDTree(rows)
    count = min(_FEWEST, len(rows))

    def placed(block: Float[np.ndarray, "n F"]) -> Float[np.ndarray, "n 2"]:
        distances, neighbours = tree.query(block, count, workers=-1)
        return _mean_place(np.asarray(distances), np.asarray(neighbours), places)

    def transform(features: Float[np.ndarray, "N F"]) -> Float[np.ndarray, "N 2"]:
        blocks = np.array_split(features.astype(np.float32), max(1, -(-len(features) // _ROWS)))
        return np.concatenate([placed(block) for block in blocks])

    return transform


def _mean_place(
    distances: Float[np.ndarray, "N k"], neighbours: Int[np.ndarray, "N k"], places: Float[np.ndarray, "n 2"]
) -> Float[np.ndarray, "N 2"]:
    """Return the mean of the coordinates of neighbours, weighted by the inverse of their distances.

    Args:
        distances: of inputs from their neighbours.
        neighbours: rows of `places`.
        places: coordinates.
    """
    # An input that UMAP has placed has a distance of zero, and so all of the weight.
    weights = 1.0 / np.maximum(distances, 1e-12)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.einsum("nk,nkd->nd", weights, places[neighbours]).astype(np.float32)
