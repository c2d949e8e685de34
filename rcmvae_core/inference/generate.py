"""What a trained state makes of latents: samples, traversals, and inputs seen again through them."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key

from rcmvae_core.model import Model
from rcmvae_core.training.state import TrainState

_PRIOR_DRAWS = 4096


def log_pi(model: Model, state: TrainState) -> Float[Array, " K"]:
    """The log of p(c), over the unlocked channels."""
    x = jnp.zeros((1, *model.context.input_shape))
    return model.forward(state.params, x, step=state.step, active=state.carry.active, key=None).log_pi


def channel_weights(
    tau: Float[Array, "K Y"], log_pi: Float[Array, " K"], label: int | None
) -> Float[Array, " K"]:
    """p(c), or p(c|y) = τ[c, y] p(c) / Σ_c τ[c, y] p(c).

    Args:
        tau: channel to label.
        log_pi: log p(c).
        label: the class y; None for p(c).
    """
    weights = jnp.exp(log_pi) if label is None else tau[:, label] * jnp.exp(log_pi)
    return weights / jnp.sum(weights)


def draw(
    model: Model, state: TrainState, key: Key[Array, ""], channels: Int[Array, " n"]
) -> Float[Array, "n *x"]:
    """E[x|z, c] for z from the prior p(z|c) of each channel."""
    every = model.sample(state.params, key, len(channels))
    return _of_channel(every, channels)


def traverse(
    model: Model, state: TrainState, key: Key[Array, ""], channel: Int[Array, ""], at: Float[Array, " s"]
) -> Float[Array, "D s *x"]:
    """E[x|z, c] where one latent after another leaves its prior mean, and all others stay at theirs.

    Args:
        model: the model.
        state: trained.
        key: of the draws that the prior's mean and standard deviation are taken from.
        channel: c.
        at: how far, in standard deviations of the prior.
    """
    z = model.draw_latents(state.params, key, _PRIOR_DRAWS)
    mean, std = jnp.mean(z, axis=0), jnp.std(z, axis=0)
    dim, steps = mean.shape[-1], len(at)
    moves = (jnp.eye(dim)[:, None] * at[:, None]).reshape(dim * steps, 1, dim)
    latents = mean + moves * std
    decoded = model.decode(state.params, _as_posteriors(model, latents, channel))
    found = _of_channel(decoded, jnp.full(dim * steps, channel))
    return found.reshape(dim, steps, *model.context.input_shape)


def _as_posteriors(
    model: Model, latents: Float[Array, "n K D"], channel: Int[Array, ""]
) -> Float[Array, "n k D"]:
    """The prior has a latent for each channel; with a shared one that of this channel is the only one."""
    if model.context.posteriors == model.context.channels:
        return latents
    return jnp.take(latents, channel[None], axis=1)


def see_again(
    model: Model, state: TrainState, x: Float[Array, "B *x"], key: Key[Array, ""], samples: int
) -> Float[Array, "S B Y"]:
    """p(y|x') for inputs x' = E[x|z, c] of channels from q(c|x) and latents from q(z|x, c).

    Args:
        model: the model.
        state: trained.
        x: inputs in [0, 1].
        key: of the draws.
        samples: how many x' for each input.
    """
    active = state.carry.active
    inference, log_q = model.infer(state.params, x, active)

    def once(key: Key[Array, ""]) -> Float[Array, "B Y"]:
        channel_key, latent_key = jax.random.split(key)
        channels = jax.random.categorical(channel_key, log_q)
        noise = jax.random.normal(latent_key, inference.mean.shape)
        latents = inference.mean + jnp.exp(inference.log_var / 2) * noise
        decoded = _of_channel(model.decode(state.params, latents), channels)
        _, log_again = model.infer(state.params, decoded, active)
        return model.predict(state.carry, jnp.exp(log_again))

    return jax.lax.map(once, jax.random.split(key, samples))


def _of_channel(every: Float[Array, "n K *x"], channels: Int[Array, " n"]) -> Float[Array, "n *x"]:
    index = channels.reshape(-1, *(1,) * (every.ndim - 1))
    return jnp.take_along_axis(every, index, axis=1)[:, 0]
