"""Builds scores from the confidence of channels and labels."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import BuildContext, Score, ScoreInputs


def channel(params: NoParams, context: BuildContext) -> Score:
    """1 - max_c(q(c|x) max_y τ[c, y]).

    Two channels with the same label count as uncertainty, unlike in `label`.

    Args:
        params: none.
        context: unused.
    """
    del params, context

    def score(inputs: ScoreInputs) -> Float[np.ndarray, " N"]:
        q = np.asarray(inputs.stats.responsibilities, np.float64)
        return 1 - (q * inputs.tau.max(axis=1)).max(axis=1)

    return score


def label(params: NoParams, context: BuildContext) -> Score:
    """1 - max_y Σ_c q(c|x) τ[c, y].

    Args:
        params: none.
        context: unused.
    """
    del params, context

    def score(inputs: ScoreInputs) -> Float[np.ndarray, " N"]:
        q = np.asarray(inputs.stats.responsibilities, np.float64)
        return 1 - (q @ inputs.tau).max(axis=1)

    return score
