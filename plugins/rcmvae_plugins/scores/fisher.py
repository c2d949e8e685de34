"""Builds a score that combines several by Fisher's method."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from rcmvae_core.plugin.protocols import BuildContext, Score, ScoreInputs
from rcmvae_plugins.scores._quantile import quantile
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
        on_training = inputs._replace(stats=inputs.training)
        total = np.zeros(len(inputs.stats.elbo))
        for part in params.of:
            training = part(on_training)
            at_least = 1 - quantile(part(inputs), training) + 1 / (2 * len(training))
            total -= np.log(np.minimum(at_least, 1.0))
        return total

    return score
