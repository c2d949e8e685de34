"""How badly an input is reconstructed."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from rcmvae_core.params import NoParams
from rcmvae_core.protocols import Context, Score, ScoreInputs
from rcmvae_plugins.scores.quantiles import quantile


def reconstruction(params: NoParams, context: Context) -> Score:
    """The quantile of -log p(x|z, c) among training inputs.

    Beyond all training inputs it is 1, however far. A likelihood favours simple inputs, such as digits for a model
    of clothes: `unexplained` does not.

    Args:
        params: none.
        context: unused.
    """
    del params, context

    def score(inputs: ScoreInputs) -> Float[np.ndarray, " N"]:
        training = inputs.training.negative_log_likelihood
        return quantile(inputs.outcome.negative_log_likelihood, training)

    return score
