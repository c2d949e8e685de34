"""Builds a score that combines several by Fisher's method."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from rcmvae_core.plugin.protocols import BuildContext, Score, ScoreInputs
from rcmvae_plugins.scores._quantile import score_quantile
from rcmvae_plugins.scores.params import FisherParams


def fisher(params: FisherParams, context: BuildContext) -> Score:
    """-Σ_i log p_i(x), where p_i(x) is the share of the N training inputs whose score i is at least that of x.

    An input that is rare by one score counts, however common it is by the others, and more the rarer it is: a mean of
    quantiles (`mixed`) cannot tell 1 in 100 from 1 in 10,000. Equal scores count half, and p_i is at least 1 / (2N).
    With independent scores, 2 · value would follow χ² with two degrees of freedom for each; they are not independent,
    so that thresholds are quantiles of the training data, as for every score.

    Args:
        params: the scores.
        context: unused.

    Source: R. A. Fisher, "Statistical Methods for Research Workers", 1925, chapter IV.
    """
    del context

    def score(inputs: ScoreInputs) -> Float[np.ndarray, " N"]:
        floor = 1 / (2 * len(inputs.training.elbo))
        shares = (1 - score_quantile(part, inputs) + floor for part in params.of)
        return -np.sum([np.log(np.minimum(share, 1.0)) for share in shares], axis=0)

    return score
