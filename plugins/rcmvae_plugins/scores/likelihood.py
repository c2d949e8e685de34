"""Builds scores that are quantiles of likelihoods among training inputs."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import BuildContext, Score, ScoreInputs
from rcmvae_plugins.scores._quantile import quantile


def reconstruction(params: NoParams, context: BuildContext) -> Score:
    """Return the quantile of -log p(x|z, c) among training inputs.

    It is 1 for every value above those of all training inputs. A likelihood favours simple inputs, such as digits in a
    model of clothes; `unexplained` does not.

    Args:
        params: none.
        context: unused.
    """
    del params, context

    def score(inputs: ScoreInputs) -> Float[np.ndarray, " N"]:
        training = inputs.training.negative_log_likelihood
        return quantile(inputs.stats.negative_log_likelihood, training)

    return score


def elbo(params: NoParams, context: BuildContext) -> Score:
    """Return the quantile of the negative ELBO among training inputs; the limitations are those of `reconstruction`.

    Args:
        params: none.
        context: unused.
    """
    del params, context

    def score(inputs: ScoreInputs) -> Float[np.ndarray, " N"]:
        return quantile(-np.asarray(inputs.stats.elbo), -np.asarray(inputs.training.elbo))

    return score
