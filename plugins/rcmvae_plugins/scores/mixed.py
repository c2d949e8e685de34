"""Builds a score that is a weighted mean of two scores."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from rcmvae_core.plugin.protocols import BuildContext, Score, ScoreInputs
from rcmvae_plugins.scores._quantile import score_quantile
from rcmvae_plugins.scores.params import MixedParams


def mixed(params: MixedParams, context: BuildContext) -> Score:
    """W · a + (1 - w) · b, where a and b are quantiles of two scores among training inputs.

    Args:
        params: the scores and w.
        context: unused.
    """
    del context

    def score(inputs: ScoreInputs) -> Float[np.ndarray, " N"]:
        first, second = (score_quantile(part, inputs) for part in (params.first, params.second))
        return params.weight * first + (1 - params.weight) * second

    return score
