"""How far the best label is from certain."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from rcmvae_core.params import NoParams
from rcmvae_core.protocols import Context, Score, ScoreInputs


def label(params: NoParams, context: Context) -> Score:
    """1 - max_y Σ_c q(c|x) τ[c, y].

    Args:
        params: none.
        context: unused.
    """
    del params, context

    def score(inputs: ScoreInputs) -> Float[np.ndarray, " N"]:
        q = np.asarray(inputs.outcome.responsibilities, np.float64)
        return 1 - (q @ inputs.tau).max(axis=1)

    return score
