"""Builds scores from the uncertainty about channels and labels."""

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


def channel_entropy(params: NoParams, context: BuildContext) -> Score:
    """-Σ_c q(c|x) log q(c|x).

    It needs no labels, and unlike `label` it also rises between two channels of one class.

    Args:
        params: none.
        context: unused.
    """
    del params, context

    def score(inputs: ScoreInputs) -> Float[np.ndarray, " N"]:
        q = np.asarray(inputs.stats.responsibilities, np.float64)
        return -np.where(q > 0, q * np.log(np.where(q > 0, q, 1.0)), 0.0).sum(axis=1)

    return score
