"""How unlikely the model finds an input."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from rcmvae_core.params import NoParams
from rcmvae_core.protocols import Context, Score, ScoreInputs
from rcmvae_plugins.scores.quantiles import quantile


def elbo(params: NoParams, context: Context) -> Score:
    """The quantile of the negative ELBO among training inputs; what is said of `reconstruction` holds here too.

    Args:
        params: none.
        context: unused.
    """
    del params, context

    def score(inputs: ScoreInputs) -> Float[np.ndarray, " N"]:
        return quantile(-np.asarray(inputs.outcome.elbo), -np.asarray(inputs.training.elbo))

    return score
