"""The inputs that are least like the training data."""

from __future__ import annotations

from jaxtyping import Array, Key

from rcmvae_core.protocols import Acquisition, Candidates, Context, Suggestion
from rcmvae_plugins.acquisitions._batch import best
from rcmvae_plugins.acquisitions.params import BatchParams


def ood(params: BatchParams, context: Context) -> Acquisition:
    """Worth: the share of training inputs that are less unlike, by the score that decides.

    Args:
        params: how diverse a batch is.
        context: unused.
    """
    del context

    def choose(candidates: Candidates, count: int, key: Key[Array, ""]) -> Suggestion:
        return best(candidates.unlike, candidates, count, key, params)

    return choose
