"""Defines acquisitions, which choose inputs for labelling.

N candidates, all unlabelled, beside M inputs that have a label; the other axes are those of `rcmvae_core.plugin.protocols`.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

from jaxtyping import Array, Float, Int, Key
from numpy import ndarray


class QueryPool(NamedTuple):
    """What a trained model predicts for the candidates.

    Args:
        probabilities: p(y|x); no columns without a classifier.
        epistemic: mutual information I(m; y|x) of ensemble member and label, in nats.
        responsibilities: q(c|x).
        latents: posterior mean of the latent of the most probable channel.
        ood_quantile: fraction of training inputs whose out-of-distribution score is lower.
        tau: τ; no columns without a classifier.
        labelled_responsibilities: q(c|x) of the inputs that have a label; may be None unless the acquisition
            provides `acquisition.labelled`.
        labelled_latents: as `latents`, of the inputs that have a label; None where their responsibilities are.
    """

    probabilities: Float[ndarray, "N Y"]
    epistemic: Float[ndarray, " N"]
    responsibilities: Float[ndarray, "N K"]
    latents: Float[ndarray, "N D"]
    ood_quantile: Float[ndarray, " N"]
    tau: Float[ndarray, "K Y"]
    labelled_responsibilities: Float[ndarray, "M K"] | None = None
    labelled_latents: Float[ndarray, "M D"] | None = None


class Suggestion(NamedTuple):
    """The chosen candidates, best first.

    Args:
        positions: indices into the candidates, none twice.
        scores: the acquisition score of each, on the acquisition's own scale.
    """

    positions: Int[ndarray, " n"]
    scores: Float[ndarray, " n"]


@runtime_checkable
class Acquisition(Protocol):
    """Choose `count` candidates, or all if there are fewer; the same key chooses the same candidates."""

    def __call__(self, candidates: QueryPool, count: int, key: Key[Array, ""]) -> Suggestion: ...
