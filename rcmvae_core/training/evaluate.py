"""A trained model on held-out data: metrics, and the bundle that figures read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from rcmvae_core.diagnostics import Diagnostics
from rcmvae_core.model import Model
from rcmvae_core.training.epoch import Arrays, take
from rcmvae_core.training.state import QUICKLY, TrainState

BATCH = 256
"""Inputs of a batch in evaluation."""
PICTURES = 32
"""Held-out inputs that the report shows."""
_SAMPLES = 8


class Held(NamedTuple):
    """What the model says about each held-out input."""

    responsibilities: Float[Array, "N K"]
    probabilities: Float[Array, "N Y"]
    latents: Float[Array, "N D"]
    negative_log_likelihood: Float[Array, " N"]
    kl_latent: Float[Array, " N"]
    kl_channel: Float[Array, " N"]
    at_bound: Float[Array, " N"]


def make_describe(model: Model, *, marginal: bool) -> Callable[..., Held]:
    """Compile the pass over held-out data.

    Args:
        model: the model.
        marginal: whether the prior's KL counts the channel already.

    Returns:
        A jitted function of the state, the data, the indices of `BATCH` inputs, and the number of this batch.
        Latents are sampled with a fixed key, routing has no noise: the same state gives the same values.
    """

    def describe(state: TrainState, data: Arrays, index: Int[Array, " B"], number: Int[Array, ""]) -> Held:
        key = jax.random.fold_in(jax.random.key(0), number)
        forward = model.forward(
            state.params, take(data, index), step=state.step, active=state.carry.active, key=key
        )
        q, log_q = forward.responsibilities, forward.log_responsibilities
        best = jnp.argmax(q, axis=1)[:, None, None] % forward.inference.mean.shape[1]
        divergence = jnp.sum(q * (log_q - forward.log_pi), axis=1)
        return Held(
            responsibilities=q,
            probabilities=model.predict(state.carry, q),
            latents=jnp.take_along_axis(forward.inference.mean, best, axis=1)[:, 0],
            negative_log_likelihood=jnp.sum(forward.selection.weights * forward.nll, axis=1),
            kl_latent=jnp.sum(q * forward.kl, axis=1),
            kl_channel=jnp.zeros_like(divergence) if marginal else divergence,
            at_bound=jnp.sum(forward.selection.weights * model.at_bound(forward.likelihood), axis=1),
        )

    return jax.jit(describe)


def batches(indices: Int[np.ndarray, " N"]) -> list[Int[np.ndarray, " B"]]:
    """Indices in rows of `BATCH`, so that one program serves any number; the last is filled up from the first on."""
    count = -(-len(indices) // BATCH)
    return list(np.resize(indices, (count, BATCH)).astype(np.int32))


def together(held: Sequence[Held], count: int) -> Held:
    """What was said batch by batch, on the host; without what filled up the last."""
    return jax.tree.map(lambda *parts: np.concatenate(parts)[:count], *jax.device_get(held))


def metrics(held: Held, labels: Int[np.ndarray, " N"]) -> dict[str, float]:
    """Means over held-out inputs, in nats; accuracy over those with a known label.

    Args:
        held: what the model says.
        labels: the truth, -1 where unknown.

    Returns:
        `elbo`, `negative_log_likelihood`, `kl_latent`, `kl_channel`, and `accuracy` if there are both
        predictions and labels.
    """
    terms = (held.negative_log_likelihood, held.kl_latent, held.kl_channel)
    nll, kl_latent, kl_channel = (float(np.mean(np.asarray(term), dtype=np.float64)) for term in terms)
    found = {
        "elbo": -(nll + kl_latent + kl_channel),
        "negative_log_likelihood": nll,
        "kl_latent": kl_latent,
        "kl_channel": kl_channel,
    }
    known = labels >= 0
    if held.probabilities.shape[1] and known.any():
        predicted = np.asarray(held.probabilities).argmax(axis=1)
        found["accuracy"] = float(np.mean(predicted[known] == labels[known]))
    return found


class Pictures(NamedTuple):
    """What the report shows beside numbers, n inputs and a row of samples for each channel; and tau and log pi."""

    inputs: Float[Array, "n *x"]
    reconstructions: Float[Array, "n *x"]
    samples: Float[Array, "K s *x"]
    tau: Float[Array, "K Y"]
    log_pi: Float[Array, " K"]


def make_picture(model: Model) -> Callable[[TrainState, Float[Array, "n *x"]], Pictures]:
    """Compile what is shown: a function of the trained state and of some inputs in [0, 1]."""

    def picture(state: TrainState, shown: Float[Array, "n *x"]) -> Pictures:
        forward = model.forward(state.params, shown, step=state.step, active=state.carry.active, key=None)
        return Pictures(
            inputs=shown,
            reconstructions=model.mean(forward),
            samples=jnp.swapaxes(model.sample(state.params, jax.random.key(0), _SAMPLES), 0, 1),
            tau=model.tau(state.carry),
            log_pi=forward.log_pi,
        )

    return jax.jit(picture, compiler_options=QUICKLY)


def bundle(
    pictures: Pictures, held: Held, *, labels: Int[np.ndarray, " N"], names: tuple[str, ...]
) -> Diagnostics:
    """Everything the report shows of held-out data.

    Args:
        pictures: of the first `PICTURES` of them.
        held: what the model says of each.
        labels: their true classes, -1 where unknown.
        names: a name for each class.
    """
    each = held._asdict()
    for left in ("kl_channel", "at_bound"):
        del each[left]
    return Diagnostics(labels=labels, class_names=names, **jax.device_get(pictures)._asdict(), **each)
