"""Reads the arrays by channel, of the inputs that have them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from rcmvae_core.plugin.protocols import ReportArrays


def member_responsibilities(arrays: ReportArrays) -> Float[np.ndarray, "M K"]:
    """Return q(c|x) of the inputs with arrays by channel; zeros where they are not finite."""
    rows = arrays.responsibilities[arrays.members].astype(float)
    return np.where(np.isfinite(rows).all(axis=1, keepdims=True), rows, 0.0)
