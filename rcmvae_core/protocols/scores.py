"""Scores: what a trained model says about inputs, and how unlike the training data that makes them.

The axes are those of `rcmvae_core.protocols`; N inputs, T of them training inputs.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

from jaxtyping import Array, Float
from numpy import ndarray


class Outcome(NamedTuple):
    """Arrays over N inputs.

    Args:
        responsibilities: q(c|x).
        probabilities: p(y|x); no columns without a classifier.
        latents: the posterior mean of the likeliest channel's latent.
        negative_log_likelihood: -log p(x|z, c) over the decoded channels, in nats.
        kl_latent: KL(q(z|x) || p(z|c)) under q(c|x), in nats.
        kl_channel: KL(q(c|x) || p(c)), in nats; 0 where the latent's KL counts it already.
        sigma: the root of the mean variance of p(x|z, c), over pixels and decoded channels; NaN where the
            likelihood has no σ.
        squared_error: Σ (x - E[x])² over the input.
        variation: Σ (x - x̄)², x̄ the mean of the input's own numbers.
        detail: Σ (x - x')² over neighbouring pixels x and x'; 0 where inputs are no images.
    """

    responsibilities: Float[Array | ndarray, "N K"]
    probabilities: Float[Array | ndarray, "N Y"]
    latents: Float[Array | ndarray, "N D"]
    negative_log_likelihood: Float[Array | ndarray, " N"]
    kl_latent: Float[Array | ndarray, " N"]
    kl_channel: Float[Array | ndarray, " N"]
    sigma: Float[Array | ndarray, " N"]
    squared_error: Float[Array | ndarray, " N"]
    variation: Float[Array | ndarray, " N"]
    detail: Float[Array | ndarray, " N"]

    @property
    def elbo(self) -> Float[Array | ndarray, " N"]:
        """The evidence lower bound of each input, in nats."""
        return -(self.negative_log_likelihood + self.kl_latent + self.kl_channel)


class ScoreInputs(NamedTuple):
    """What a score may read, on the host.

    Args:
        outcome: of the inputs that are judged.
        training: of training inputs, to compare with.
        tau: τ; no columns without a classifier.
    """

    outcome: Outcome
    training: Outcome
    tau: Float[ndarray, "K Y"]


@runtime_checkable
class Score(Protocol):
    """How unlike the training data each input is; higher is more unlike, on a scale of the score's own."""

    def __call__(self, inputs: ScoreInputs) -> Float[ndarray, " N"]: ...
