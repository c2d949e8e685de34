"""The inputs that lie between two classes."""

from __future__ import annotations

import numpy as np
from jaxtyping import Array, Key

from rcmvae_core.protocols import Acquisition, Candidates, Context, Suggestion
from rcmvae_plugins.acquisitions._batch import best
from rcmvae_plugins.acquisitions.params import BatchParams


def margin(params: BatchParams, context: Context) -> Acquisition:
    """Worth: 1 - (p_1 - p_2), of the two largest p(y|x).

    Args:
        params: how diverse a batch is.
        context: unused.
    """
    del context

    def choose(candidates: Candidates, count: int, key: Key[Array, ""]) -> Suggestion:
        p = np.sort(np.asarray(candidates.probabilities, np.float64), axis=1)
        second = p[:, -2] if p.shape[1] > 1 else 0.0
        return best(1 - (p[:, -1] - second), candidates, count, key, params)

    return choose
