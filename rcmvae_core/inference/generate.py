"""Decodes latents with a trained state: samples, latent traversals, and predictions of resampled inputs."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key

from rcmvae_core.model.model import Model
from rcmvae_core.training.state import TrainState

_PRIOR_DRAWS = 4096
_NO_VARIANCE = 1e-6
"""Standard deviation of draws up to which a prior does not vary."""


def log_pi(model: Model, state: TrainState) -> Float[Array, " K"]:
    """Compute log p(c) over the unlocked channels.

    Returns:
        log p(c) of each channel.
    """
    return model.log_pi(state.prediction_params, state.carry.active)


def channel_weights(
    tau: Float[Array, "K Y"], log_pi: Float[Array, " K"], label: int | None
) -> Float[Array, " K"]:
    """Compute p(c), or p(c|y) = τ[c, y] p(c) / Σ_c τ[c, y] p(c).

    Args:
        tau: channel to label.
        log_pi: log p(c).
        label: the class y; None for p(c).

    Returns:
        A probability for each channel.
    """
    weights = jnp.exp(log_pi) if label is None else tau[:, label] * jnp.exp(log_pi)
    return weights / jnp.sum(weights)


def draw(
    model: Model, state: TrainState, key: Key[Array, ""], channels: Int[Array, " n"]
) -> Float[Array, "n *x"]:
    """Decode latents drawn from the prior p(z|c) of each channel.

    Args:
        model: the model.
        state: its trained state.
        key: of the draws.
        channels: the channel c of each sample.

    Returns:
        E[x|z, c], in [0, 1].
    """
    latents = model.sample_latents(state.prediction_params, key, len(channels))
    return model.decode_channels(state.prediction_params, latents, channels[:, None])[:, 0]


def prior_moments(latents: Float[Array, "n K D"]) -> tuple[Float[Array, "K D"], Float[Array, "K D"]]:
    """Return mean and standard deviation of draws from each p(z|c), and 1 for the deviation where there is none."""
    std = jnp.std(latents, axis=0)
    return jnp.mean(latents, axis=0), jnp.where(std > _NO_VARIANCE, std, 1.0)


def traverse(
    model: Model, state: TrainState, key: Key[Array, ""], channel: Int[Array, ""], at: Float[Array, " s"]
) -> Float[Array, "D s *x"]:
    """Decode latents that differ from the prior mean in one dimension.

    Args:
        model: the model.
        state: its trained state.
        key: of the draws that the prior's mean and standard deviation are estimated from.
        channel: c.
        at: positions along each dimension, in standard deviations of the prior; a dimension in which the prior does not
            vary has the unit 1.

    Returns:
        E[x|z, c] for each latent dimension and position, in [0, 1].
    """
    mean, unit = prior_moments(model.sample_latents(state.prediction_params, key, _PRIOR_DRAWS))
    dim, steps = mean.shape[-1], len(at)
    offsets = (jnp.eye(dim)[:, None] * at[:, None]).reshape(dim * steps, 1, dim)
    latents = mean + offsets * unit
    images = model.decode_channels(state.prediction_params, latents, jnp.full((dim * steps, 1), channel))
    return images.reshape(dim, steps, *model.context.input_shape)


def predict_resampled(
    model: Model, state: TrainState, x: Float[Array, "B *x"], key: Key[Array, ""], samples: int
) -> Float[Array, "S B Y"]:
    """Predict reconstructions x' = E[x|z, c] of channels drawn from q(c|x) and latents drawn from q(z|x, c).

    Args:
        model: the model.
        state: its trained state.
        x: inputs in [0, 1].
        key: of the draws.
        samples: the number of x' per input, S.

    Returns:
        p(y|x').
    """
    active = state.carry.active
    posterior, log_q = model.infer(state.prediction_params, x, active)

    def predict_once(key: Key[Array, ""]) -> Float[Array, "B Y"]:
        channel_key, latent_key = jax.random.split(key)
        channels = jax.random.categorical(channel_key, log_q)
        noise = jax.random.normal(latent_key, posterior.mean.shape)
        latents = posterior.mean + jnp.exp(posterior.log_var / 2) * noise
        decoded = model.decode_channels(state.prediction_params, latents, channels[:, None], x)[:, 0]
        _, resampled_log_q = model.infer(state.prediction_params, decoded, active)
        return model.predict(state.carry, jnp.exp(resampled_log_q))

    # A loop, not a vmap: S decoded batches at once may not fit the device.
    return jax.lax.map(predict_once, jax.random.split(key, samples))
