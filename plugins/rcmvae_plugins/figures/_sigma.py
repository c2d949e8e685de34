"""Reads σ and the error of the inputs that have both."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.plugin.protocols import NotApplicable, ReportArrays

_ROUNDING = 1e-5
"""The relative difference below which a σ is one number: its root mean square in single precision is not exact."""


class SigmaErrors(NamedTuple):
    """The inputs with a finite σ.

    Args:
        positions: of the inputs among all inputs.
        sigma: the root mean variance of p(x|z, c).
        error: the root mean squared error of the reconstruction; NaN where it is not known.
    """

    positions: Int[np.ndarray, " n"]
    sigma: Float[np.ndarray, " n"]
    error: Float[np.ndarray, " n"]


def sigma_errors(arrays: ReportArrays) -> SigmaErrors | NotApplicable:
    """Return σ and error of every input that has a finite σ; or the reason if σ does not depend on the input."""
    positions = np.flatnonzero(np.isfinite(arrays.sigma))
    values = int(np.prod(arrays.inputs.shape[1:]))
    squared = np.full(len(arrays.sigma), np.nan)
    if values and len(arrays.squared_error) == len(arrays.sigma):
        squared = arrays.squared_error.astype(float) / values
    sigma = arrays.sigma[positions].astype(float)
    if not len(sigma):
        return NotApplicable("the likelihood has no σ")
    if len(sigma) > 1 and np.ptp(sigma) <= _ROUNDING * sigma.max():
        return NotApplicable(f"σ is {np.median(sigma):.3g} for every input")
    return SigmaErrors(positions, sigma, np.sqrt(squared[positions]))
