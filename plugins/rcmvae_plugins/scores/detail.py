"""What a reconstruction gets wrong, in units of the image's detail."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from rcmvae_core.params import NoParams
from rcmvae_core.protocols import Context, Score, ScoreInputs

_LEAST = 0.1
"""Detail of an image without any."""


def detail(params: NoParams, context: Context) -> Score:
    """Σ (x - E[x])² / Σ (x - x')² over neighbouring pixels x and x'.

    A model smooths what is fine, of any image; what it gets wrong beside that speaks against the image. It
    is blind to noise, all of which is detail.

    Args:
        params: none.
        context: unused.
    """
    del params, context

    def score(inputs: ScoreInputs) -> Float[np.ndarray, " N"]:
        outcome = inputs.outcome
        return np.asarray(outcome.squared_error) / (np.asarray(outcome.detail) + _LEAST)

    return score
