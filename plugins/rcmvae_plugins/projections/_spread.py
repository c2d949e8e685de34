"""Spreads inputs across a line, so that those of close values can be distinguished."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

SPREAD = "spread, no meaning"
"""What an axis shows that `across` gives."""
_GOLDEN = 0x9E3779B1
"""2³² / φ: multiples of it, modulo 2³², lie far from each other, and so do the numbers of neighbouring floats."""


def across(values: Float[np.ndarray, " N"]) -> Float[np.ndarray, " N"]:
    """Return a second coordinate in [-0.5, 0.5) of values on a line; it depends on nothing but the value."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    # The low bits of a float that was an integer or a fraction are zero, so the high ones are folded in.
    mixed = (bits ^ (bits >> np.uint32(15))) * np.uint32(_GOLDEN)
    return (mixed / 2.0**32 - 0.5).astype(np.float32)
