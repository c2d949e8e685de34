"""Computes whether σ, the standard deviation that the likelihood predicts, says how large errors are."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import NotApplicable, ReportData

_NO_SIGMA = NotApplicable("the likelihood has no σ")
_ROUNDING = 1e-5
"""The relative difference below which a σ is one number: its root mean square in single precision is not exact."""


def sigma_error_correlation(params: NoParams, data: ReportData) -> float | NotApplicable:
    """Compute Spearman's rank correlation of σ and Σ (x - E[x])² over the held-out inputs."""
    del params
    usable = np.isfinite(data.arrays.sigma)
    if not usable.any():
        return _NO_SIGMA
    sigma, errors = data.arrays.sigma[usable], data.arrays.squared_error[usable]
    if np.ptp(sigma) <= _ROUNDING * sigma.max() or np.ptp(errors) == 0:
        return NotApplicable("σ or the error is the same for every input")
    return float(np.corrcoef(_ranks(sigma), _ranks(errors))[0, 1])


def _ranks(values: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Return the rank of each value; equal values share the mean of theirs."""
    _, position, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[position]


def sigma_at_bound(params: NoParams, data: ReportData) -> float | NotApplicable:
    """Compute the share of the standard deviations that lie on a bound, where they say little about an input."""
    del params
    usable = np.isfinite(data.arrays.sigma)
    if not usable.any():
        return _NO_SIGMA
    return float(data.arrays.at_bound[usable].mean(dtype=np.float64))
