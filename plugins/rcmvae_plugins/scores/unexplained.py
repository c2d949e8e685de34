"""What a reconstruction leaves unexplained, in units of the input's own variation."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from rcmvae_core.params import NoParams
from rcmvae_core.protocols import Context, Score, ScoreInputs

_LEAST = 1e-3
"""Below this an input is flat: there is nothing to explain."""


def unexplained(params: NoParams, context: Context) -> Score:
    """Σ (x - E[x])² / Σ (x - x̄)², which is 1 - R².

    0 is a perfect reconstruction, 1 one as bad as the input's own mean. A likelihood is better for a simple input
    that is reconstructed badly than for a complex one that is reconstructed well; this share does not depend on
    how much there is to reconstruct.

    Args:
        params: none.
        context: unused.
    """
    del params, context

    def score(inputs: ScoreInputs) -> Float[np.ndarray, " N"]:
        outcome = inputs.outcome
        return np.asarray(outcome.squared_error) / (np.asarray(outcome.variation) + _LEAST)

    return score
