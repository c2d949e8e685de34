"""Acquisitions: which inputs a person should be asked to label.

N candidates, none of them labelled; the other axes are those of `rcmvae_core.protocols`.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

from jaxtyping import Array, Float, Int, Key
from numpy import ndarray


class Candidates(NamedTuple):
    """What is known of the inputs that may be asked about.

    Args:
        probabilities: p(y|x); no columns without a classifier.
        epistemic: what the members of an ensemble disagree about, in nats.
        responsibilities: q(c|x).
        latents: the posterior mean of the likeliest channel's latent.
        unlike: how unlike the training data each is, as a share of training inputs that are less so.
        tau: τ; no columns without a classifier.
    """

    probabilities: Float[ndarray, "N Y"]
    epistemic: Float[ndarray, " N"]
    responsibilities: Float[ndarray, "N K"]
    latents: Float[ndarray, "N D"]
    unlike: Float[ndarray, " N"]
    tau: Float[ndarray, "K Y"]


class Suggestion(NamedTuple):
    """What to ask about, in this order.

    Args:
        positions: among the candidates, none twice.
        worth: of each, on a scale of the acquisition's own.
    """

    positions: Int[ndarray, " n"]
    worth: Float[ndarray, " n"]


@runtime_checkable
class Acquisition(Protocol):
    """Choose `count` candidates, or all where there are fewer; the same key chooses the same."""

    def __call__(self, candidates: Candidates, count: int, key: Key[Array, ""]) -> Suggestion: ...
