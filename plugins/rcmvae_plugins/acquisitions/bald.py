"""The inputs that members of an ensemble disagree about."""

from __future__ import annotations

from jaxtyping import Array, Key

from rcmvae_core.protocols import Acquisition, Candidates, Context, Suggestion
from rcmvae_plugins.acquisitions._batch import best
from rcmvae_plugins.acquisitions.params import BatchParams


def bald(params: BatchParams, context: Context) -> Acquisition:
    """Worth: I(m; y|x) = H(mean_m p_m) - mean_m H(p_m), in nats.

    Members are the seeds of a run; of a single one, what it sees when it encodes again what it decoded.

    Source: N. Houlsby et al., "Bayesian Active Learning for Classification and Preference Learning", 2011.

    Args:
        params: how diverse a batch is.
        context: unused.
    """
    del context

    def choose(candidates: Candidates, count: int, key: Key[Array, ""]) -> Suggestion:
        return best(candidates.epistemic, candidates, count, key, params)

    return choose
