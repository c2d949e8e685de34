"""The inputs whose label is least certain."""

from __future__ import annotations

import numpy as np
from jaxtyping import Array, Key

from rcmvae_core.protocols import Acquisition, Candidates, Context, Suggestion
from rcmvae_plugins.acquisitions._batch import best
from rcmvae_plugins.acquisitions.params import BatchParams


def entropy(params: BatchParams, context: Context) -> Acquisition:
    """Worth: H(p(y|x)) = -Σ_y p log p, in nats.

    Args:
        params: how diverse a batch is.
        context: unused.
    """
    del context

    def choose(candidates: Candidates, count: int, key: Key[Array, ""]) -> Suggestion:
        p = np.asarray(candidates.probabilities, np.float64)
        worth = -np.sum(p * np.log(np.where(p > 0, p, 1.0)), axis=1)
        return best(worth, candidates, count, key, params)

    return choose
