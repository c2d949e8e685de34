"""The inputs whose label is least certain."""

from __future__ import annotations

from jaxtyping import Array, Key

from rcmvae_core.protocols import Acquisition, Candidates, Context, Suggestion
from rcmvae_plugins.acquisitions._batch import best, entropies_of
from rcmvae_plugins.acquisitions.params import BatchParams


def entropy(params: BatchParams, context: Context) -> Acquisition:
    """Worth: H(p(y|x)) = -Σ_y p log p, in nats.

    Args:
        params: how diverse a batch is.
        context: unused.
    """
    del context

    def choose(candidates: Candidates, count: int, key: Key[Array, ""]) -> Suggestion:
        return best(entropies_of(candidates.probabilities), candidates, count, key, params)

    return choose
