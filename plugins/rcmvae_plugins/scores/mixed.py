"""Two scores in one."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from rcmvae_core.protocols import Context, Score, ScoreInputs
from rcmvae_plugins.scores.params import MixedParams, ScoreFn
from rcmvae_plugins.scores.quantiles import quantile


def mixed(params: MixedParams, context: Context) -> Score:
    """The weighted mean w · a + (1 - w) · b, a and b as quantiles among training inputs.

    Args:
        params: a, b and w.
        context: unused.
    """
    del context

    def score(inputs: ScoreInputs) -> Float[np.ndarray, " N"]:
        first, second = (_share(part, inputs) for part in (params.first, params.second))
        return params.weight * first + (1 - params.weight) * second

    return score


def _share(score: ScoreFn, inputs: ScoreInputs) -> Float[np.ndarray, " N"]:
    return quantile(score(inputs), score(inputs._replace(outcome=inputs.training)))
