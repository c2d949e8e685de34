"""The inputs that lie between channels of different labels."""

from __future__ import annotations

import numpy as np
from jaxtyping import Array, Key

from rcmvae_core.protocols import Acquisition, Candidates, Context, Suggestion
from rcmvae_plugins.acquisitions._batch import best
from rcmvae_plugins.acquisitions.params import BatchParams


def boundary(params: BatchParams, context: Context) -> Acquisition:
    """Worth: 1 - (Q_1 - Q_2), of the two largest Q_y = Σ q(c|x) over the channels whose likeliest label is y.

    Unlike `margin` it does not ask about inputs of a channel whose own labels are mixed.

    Args:
        params: how diverse a batch is.
        context: unused.
    """
    del context

    def choose(candidates: Candidates, count: int, key: Key[Array, ""]) -> Suggestion:
        q, own = np.asarray(candidates.responsibilities, np.float64), candidates.tau.argmax(axis=1)
        shares = np.sort(q @ np.eye(candidates.tau.shape[1])[own], axis=1)
        second = shares[:, -2] if shares.shape[1] > 1 else 0.0
        return best(1 - (shares[:, -1] - second), candidates, count, key, params)

    return choose
