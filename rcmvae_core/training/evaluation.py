"""Evaluates a trained state on held-out data: statistics of each input, and metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from rcmvae_core.model.model import Model
from rcmvae_core.plugin.protocols import Forward
from rcmvae_core.training.epoch import DataArrays, gather_inputs
from rcmvae_core.training.state import TrainState

EVAL_BATCH = 256
"""Inputs of a batch in evaluation."""


class EvalOutputs(NamedTuple):
    """Statistics of N inputs; all but `at_bound` are those of `rcmvae_core.plugin.protocols.ForwardStats`.

    Args:
        responsibilities: q(c|x).
        probabilities: p(y|x); no columns without a classifier.
        latents: the posterior mean of the most responsible channel.
        negative_log_likelihood: -log p(x|z, c) over the decoded channels, in nats.
        kl_latent: KL(q(z|x) || p(z|c)) under q(c|x), in nats.
        kl_channel: KL(q(c|x) || p(c)), in nats; 0 where `kl_latent` includes it.
        at_bound: the share of standard deviations of p(x|z, c) that lie on a bound.
    """

    responsibilities: Float[Array | np.ndarray, "N K"]
    probabilities: Float[Array | np.ndarray, "N Y"]
    latents: Float[Array | np.ndarray, "N D"]
    negative_log_likelihood: Float[Array | np.ndarray, " N"]
    kl_latent: Float[Array | np.ndarray, " N"]
    kl_channel: Float[Array | np.ndarray, " N"]
    at_bound: Float[Array | np.ndarray, " N"]


Evaluate = Callable[[TrainState, DataArrays, Int[np.ndarray, " B"], np.int32], EvalOutputs]


def input_statistics(model: Model, state: TrainState, forward: Forward) -> dict[str, Array]:
    """Compute the statistics of each input that evaluation during training and inference share.

    Args:
        model: the model.
        state: its state.
        forward: the pass over B inputs; the latents that it decoded decide the likelihood.

    Returns:
        The arrays of B rows that `EvalOutputs` and `ForwardStats` have in common, by the name of the field.
    """
    q, weights = forward.responsibilities, forward.selection.weights
    means = forward.encoder_output.mean
    # A posterior that all channels share has one row, which is then that of the most responsible channel.
    best = jnp.argmax(q, axis=1)[:, None, None] % means.shape[1]
    # In log-space: log q of a locked channel is finite, so that 0 · log q is 0 and not NaN.
    kl_channel = jnp.sum(q * (forward.log_responsibilities - forward.log_pi), axis=1)
    return {
        "responsibilities": q,
        "probabilities": model.predict(state.carry, q),
        "latents": jnp.take_along_axis(means, best, axis=1)[:, 0],
        "negative_log_likelihood": jnp.sum(weights * forward.nll, axis=1),
        "kl_latent": jnp.sum(q * forward.kl, axis=1),
        "kl_channel": jnp.zeros_like(kl_channel) if model.kl_includes_channel else kl_channel,
    }


def make_evaluate(model: Model) -> Evaluate:
    """Compile the pass over a batch of held-out data.

    Args:
        model: the model.

    Returns:
        A jitted function of the state, the data, the indices of `EVAL_BATCH` inputs, and the number of the batch.
        Latents are sampled with a key that depends on this number only, and the routing draws nothing: the same state
        gives the same values.
    """

    def evaluate(
        state: TrainState, data: DataArrays, index: Int[Array, " B"], number: Int[Array, ""]
    ) -> EvalOutputs:
        key = jax.random.fold_in(jax.random.key(0), number)
        forward = model.forward(
            state.prediction_params,
            gather_inputs(data, index),
            step=state.step,
            active=state.carry.active,
            key=key,
        )
        at_bound = jnp.sum(forward.selection.weights * model.at_bound(forward.likelihood), axis=1)
        return EvalOutputs(**input_statistics(model, state, forward), at_bound=at_bound)

    return jax.jit(evaluate)


def index_batches(indices: Int[np.ndarray, " N"]) -> list[Int[np.ndarray, " B"]]:
    """Divide indices into rows of `EVAL_BATCH`, so that one program serves any number of inputs.

    The last row is filled up by repeating the indices from the first on; `concatenate_batches` removes them.

    Returns:
        The rows of indices.
    """
    count = -(-len(indices) // EVAL_BATCH)
    return list(np.resize(indices, (count, EVAL_BATCH)).astype(np.int32))


def concatenate_batches(batches: Sequence[EvalOutputs], count: int) -> EvalOutputs:
    """Join the outputs of batches on the host, without those that filled up the last one.

    Args:
        batches: in the order of `index_batches`.
        count: the number of inputs N.

    Returns:
        NumPy arrays with N rows.
    """
    return jax.tree.map(lambda *parts: np.concatenate(parts)[:count], *jax.device_get(batches))


def evaluation_metrics(outputs: EvalOutputs, labels: Int[np.ndarray, " N"]) -> dict[str, float]:
    """Average the statistics of held-out inputs.

    Args:
        outputs: of N inputs.
        labels: their true classes, -1 where unknown.

    Returns:
        `elbo`, `negative_log_likelihood`, `kl_latent` and `kl_channel` in nats; and over the inputs with a known label,
        if there are both predictions and labels, `accuracy` and `balanced_accuracy`.
    """
    terms = (outputs.negative_log_likelihood, outputs.kl_latent, outputs.kl_channel)
    # In float64: a float32 mean over many inputs loses the digits by which epochs are compared.
    nll, kl_latent, kl_channel = (float(np.mean(np.asarray(term), dtype=np.float64)) for term in terms)
    metrics = {
        "elbo": -(nll + kl_latent + kl_channel),
        "negative_log_likelihood": nll,
        "kl_latent": kl_latent,
        "kl_channel": kl_channel,
    }
    is_labelled = labels >= 0
    if outputs.probabilities.shape[1] and is_labelled.any():
        predicted = np.asarray(outputs.probabilities).argmax(axis=1)
        is_right, known = predicted[is_labelled] == labels[is_labelled], labels[is_labelled]
        metrics["accuracy"] = float(np.mean(is_right))
        metrics["balanced_accuracy"] = balanced_accuracy(is_right, known)
    return metrics


def balanced_accuracy(is_right: Bool[np.ndarray, " N"], labels: Int[np.ndarray, " N"]) -> float:
    """Return the mean over the classes that occur of the share of right predictions among the inputs of a class."""
    counts = np.bincount(labels)
    occurs = counts > 0
    return float(np.mean(np.bincount(labels, is_right)[occurs] / counts[occurs]))
