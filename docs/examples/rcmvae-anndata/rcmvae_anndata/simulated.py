"""Simulate the counts of cells, to try the package without data."""

from __future__ import annotations

from pathlib import Path

import anndata
import numpy as np
import pandas as pd
from rcmvae_core import Diagnostic, RcmvaeError
from scipy import sparse

_TYPES, _GENES, _MARKERS = ("B cell", "T cell", "monocyte"), 200, 20
_THETA, _DEPTH = 4.0, 800.0
_LABELLED = 0.5


def simulate(path: Path, *, cells: int = 1200, seed: int = 0, force: bool = False) -> None:
    """Write cells of three types, whose counts are negative binomial: x ~ NB(mean = s ρ_y, variance m + m²/θ).

    ρ_y has 20 genes that are ten times as frequent in type y, and s, the depth, is log-normal. Half of the cells have no
    `cell_type`, and 50 of 200 genes are noise that `highly_variable` leaves out.

    Args:
        path: the .h5ad file.
        cells: their number.
        seed: of the draw.
        force: replace a file that exists.

    Raises:
        RcmvaeError: E304 if the file exists or cannot be written.
    """
    if path.exists() and not force:
        raise RcmvaeError(
            [Diagnostic("E304", f"`{path}` exists already", help=["use --force to replace it"])]
        )
    rng = np.random.default_rng(seed)
    types = rng.integers(0, len(_TYPES), cells)
    shares = np.tile(rng.gamma(1.0, size=_GENES), (len(_TYPES), 1))
    for number in range(len(_TYPES)):
        shares[number, number * _MARKERS : (number + 1) * _MARKERS] *= 10
    shares /= shares.sum(axis=1, keepdims=True)
    means = rng.lognormal(np.log(_DEPTH), 0.4, (cells, 1)) * shares[types]
    counts = rng.poisson(means * rng.gamma(_THETA, 1 / _THETA, means.shape))
    known = rng.random(cells) < _LABELLED
    names = np.where(known, np.array(_TYPES, object)[types], None)
    obs = pd.DataFrame(
        {
            "cell_type": pd.Categorical(names, list(_TYPES)),
            "simulated": pd.Categorical.from_codes(types, _TYPES),
        },
        index=[f"cell-{number}" for number in range(cells)],
    )
    var = pd.DataFrame(
        {"highly_variable": np.arange(_GENES) < _GENES - 50},
        index=[f"gene-{number}" for number in range(_GENES)],
    )
    matrix = sparse.csr_matrix(counts.astype(np.float32))
    normalised = matrix.multiply(1e4 / counts.sum(axis=1, keepdims=True)).log1p().tocsr().astype(np.float32)
    try:
        anndata.AnnData(normalised, obs, var, layers={"counts": matrix}).write_h5ad(path)
    except OSError as error:
        raise RcmvaeError([Diagnostic("E304", f"`{path}` cannot be written: {error}")]) from None
