"""Defines out-of-distribution scores and the forward statistics that they are computed from.

The axes are those of `rcmvae_core.plugin.protocols`; N inputs, T of them training inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol, runtime_checkable

from jaxtyping import Array, Float, Key
from numpy import ndarray

from rcmvae_core.plugin.protocols.latent import EncoderOutput


class ForwardStats(NamedTuple):
    """Statistics of a forward pass over N inputs.

    Args:
        responsibilities: q(c|x).
        probabilities: p(y|x); no columns without a classifier.
        latents: posterior mean of the latent of the most probable channel.
        negative_log_likelihood: -log p(x|z, c) over the decoded channels, in nats.
        kl_latent: KL(q(z|x) || p(z|c)) under q(c|x), in nats.
        kl_channel: KL(q(c|x) || p(c)), in nats; 0 if the KL of the latent includes it.
        sigma: square root of the mean variance of p(x|z, c), over pixels and decoded channels; NaN if the
            likelihood has no σ.
        squared_error: Σ (x - E[x])² over the input; a missing value counts as the mean of the others, here and below.
        variation: Σ (x - x̄)² over the input, where x̄ is its mean.
        detail: Σ (x - x')² over neighbouring pixels x and x'; 0 if inputs are not images.
        measured: the values of each `ModelScore` of the spec, by its name.
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
    measured: Mapping[str, Float[Array | ndarray, " N"]] = {}

    @property
    def elbo(self) -> Float[Array | ndarray, " N"]:
        """The evidence lower bound of each input, in nats."""
        return -(self.negative_log_likelihood + self.kl_latent + self.kl_channel)


class ScoreInputs(NamedTuple):
    """The inputs of a score, on the host.

    Args:
        stats: statistics of the inputs to score.
        training: statistics of training inputs, for comparison.
        tau: τ; no columns without a classifier.
    """

    stats: ForwardStats
    training: ForwardStats
    tau: Float[ndarray, "K Y"]


@runtime_checkable
class Score(Protocol):
    """Compute an out-of-distribution score per input; higher is less like the training data, on the score's own scale."""

    def __call__(self, inputs: ScoreInputs) -> Float[ndarray, " N"]: ...


class ScoredModel(NamedTuple):
    """A trained state, as a `ModelScore` may use it; traceable, and without noise but for that of a key.

    Args:
        encode: `x [B *x] -> EncoderOutput`.
        elbo: `(x [B *x], EncoderOutput, key) -> [B]`, the evidence lower bound in nats for posteriors that need not be
            the encoder's, with latents sampled by the key.
    """

    encode: Callable[[Float[Array, "B *x"]], EncoderOutput]
    elbo: Callable[[Float[Array, "B *x"], EncoderOutput, Key[Array, ""]], Float[Array, " B"]]


class ModelScore(NamedTuple):
    """An out-of-distribution score that runs the model on each input, and provides `score.model`.

    Args:
        measure: `(ScoredModel, x [B *x]) -> values [B]`, compiled with the pass over a batch; higher is less like the
            training data. The value of an input does not depend on the other inputs.
    """

    measure: Callable[[ScoredModel, Float[Array, "B *x"]], Float[Array, " B"]]
