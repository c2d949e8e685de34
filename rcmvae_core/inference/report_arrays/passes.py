"""Defines the passes of a trained state whose results the report shows, as pure functions that are compiled once."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key

from rcmvae_core.inference.generate import prior_moments
from rcmvae_core.inference.report_arrays.sizes import COMPARED, ReportSizes
from rcmvae_core.model.covariates import features
from rcmvae_core.model.model import Model
from rcmvae_core.plugin.protocols import Selection
from rcmvae_core.training.state import TrainState

TRAVERSED, STEPS, _REACH = 2, 9, 2.5
"""Coordinates of a latent that are traversed, at so many values, up to so many standard deviations of the prior."""
_PRIOR_DRAWS = 256
_INPUTS = (
    "inputs",
    "reconstructions",
    "selected_reconstructions",
    "alternative_reconstructions",
    "channel_reconstructions",
    "class_samples",
    "samples",
    "traversals",
    "pseudo_inputs",
    "decoded_pseudo_inputs",
)
"""Fields that are inputs, or have their form."""


class ByChannel(NamedTuple):
    """Arrays by channel of a batch, as the fields of `ReportArrays` with these names."""

    selections: Float[Array, "B K"]
    noisy_selections: Float[Array, "B K"]
    channel_means: Float[Array, "B k D"]
    channel_log_vars: Float[Array, "B k D"]
    channel_samples: Float[Array, "B k D"]
    channel_kl: Float[Array, "B j"]


def by_channel(model: Model, state: TrainState, x: Float[Array, "B *x"], key: Key[Array, ""]) -> ByChannel:
    """Compute the posterior of every channel, and the channels that the routing selects without and with noise.

    Args:
        model: the model.
        state: its trained state.
        x: the batch, in [0, 1].
        key: of the noise.

    Returns:
        Arrays of the batch.
    """
    routing_key, latent_key = jax.random.split(key)
    active = state.carry.active
    posterior, log_q = model.infer(state.prediction_params, x, active)
    plain, noisy = (
        model.route(log_q, step=state.step, active=active, key=each) for each in (None, routing_key)
    )
    noise = jax.random.normal(latent_key, posterior.mean.shape)
    return ByChannel(
        selections=_over_channels(plain, model.context.channels),
        noisy_selections=_over_channels(noisy, model.context.channels),
        channel_means=posterior.mean,
        channel_log_vars=posterior.log_var,
        channel_samples=posterior.mean + jnp.exp(posterior.log_var / 2) * noise,
        channel_kl=model.kl_at_means(state.prediction_params, posterior, active),
    )


def _over_channels(selection: Selection, channels: int) -> Float[Array, "B K"]:
    """Return the weights over all channels; those that are not decoded have none."""
    if selection.channels is None:
        return selection.weights
    rows = jnp.arange(len(selection.weights))[:, None]
    return jnp.zeros((len(rows), channels)).at[rows, selection.channels].add(selection.weights)


def look(
    model: Model, sizes: ReportSizes, state: TrainState, x: Float[Array, "n *x"], channels: Int[Array, " C"]
) -> dict[str, Array]:
    """Decode everything that the report shows, in one program.

    Args:
        model: the model.
        sizes: how many samples there are.
        state: its trained state.
        x: the pictures, in [0, 1].
        channels: that are decoded for a look.

    Returns:
        Fields of `ReportArrays`, by name.
    """
    key = jax.random.key(0)
    fields = pictures(model, state, x)
    fields["channel_reconstructions"] = reconstruct_by_channel(model, state, x[:COMPARED], channels)
    if model.parts.classifier is not None and sizes.class_samples:
        fields["class_samples"] = class_pictures(model, state, key, sizes.class_samples)
    fields |= channel_pictures(model, state, key, channels, sizes.channel_samples) | facts(model, state)
    # What was given is nothing that the model made: the report shows inputs without covariates.
    return fields | {name: features(model.context, fields[name]) for name in _INPUTS if name in fields}


def pictures(model: Model, state: TrainState, x: Float[Array, "n *x"]) -> dict[str, Array]:
    """Reconstruct inputs by the decoded channels, by the most probable one, and by the next.

    Args:
        model: the model.
        state: its trained state.
        x: inputs in [0, 1].

    Returns:
        Fields of `ReportArrays`, by name.
    """
    forward = model.forward(state.prediction_params, x, step=state.step, active=state.carry.active, key=None)
    best = jax.lax.top_k(forward.responsibilities, min(2, model.context.channels))[1]
    decoded = model.decode_channels(state.prediction_params, forward.encoder_output.mean, best, x)
    maps = _sigma_maps(forward.likelihood, forward.selection.weights, features(model.context, x))
    return {
        "inputs": x,
        "reconstructions": model.mean(forward, x),
        "selected_reconstructions": decoded[:, 0],
        "alternative_reconstructions": decoded[:, -1] if best.shape[1] > 1 else decoded[:0, 0],
        "sigma_maps": x[:0] if maps is None else maps,
    }


def _sigma_maps(
    likelihood: Any, weights: Float[Array, "n M"], x: Float[Array, "n *x"]
) -> Float[Array, "n *x"] | None:
    """Return sqrt(Σ_m s_m σ_m²) of each value; None unless every value has a σ of its own.

    Args:
        likelihood: of the head.
        weights: s, of the decoded channels.
        x: the inputs.
    """
    sigma: Any = getattr(likelihood, "sigma", None)
    if sigma is None or sigma.shape[2:] != x.shape[1:] or math.prod(x.shape[1:]) == 1:
        return None
    spread = weights.reshape(*weights.shape, *(1,) * (x.ndim - 1))
    return jnp.broadcast_to(jnp.sqrt(jnp.sum(spread * sigma**2, axis=1)), x.shape)


def reconstruct_by_channel(
    model: Model, state: TrainState, x: Float[Array, "m *x"], channels: Int[Array, " C"]
) -> Float[Array, "m C *x"]:
    """Reconstruct every input by every one of some channels.

    Args:
        model: the model.
        state: its trained state.
        x: inputs in [0, 1].
        channels: that decode them.

    Returns:
        E[x|z, c].
    """
    posterior, _ = model.infer(state.prediction_params, x, state.carry.active)
    every = jnp.broadcast_to(channels, (len(x), len(channels)))
    return model.decode_channels(state.prediction_params, posterior.mean, every, x)


def channel_pictures(
    model: Model, state: TrainState, key: Key[Array, ""], channels: Int[Array, " C"], samples: int
) -> dict[str, Array]:
    """Decode samples of each channel, and walk through the latents of some.

    Args:
        model: the model.
        state: its trained state.
        key: of the samples.
        channels: whose latents are traversed.
        samples: of each channel.

    Returns:
        Fields of `ReportArrays`, by name.
    """
    latents = model.sample_latents(state.prediction_params, key, max(_PRIOR_DRAWS, samples))
    drawn = jnp.swapaxes(latents[:samples], 0, 1)
    count, dim = model.context.channels, model.context.dim
    every = jnp.repeat(jnp.arange(count), samples)
    decoded = _decode_each(model, state, drawn.reshape(count * samples, dim), every)
    means, units = prior_moments(latents)
    axes = min(TRAVERSED, dim)
    values = means[channels, :axes, None] + units[channels, :axes, None] * jnp.linspace(
        -_REACH, _REACH, STEPS
    )
    walks = jnp.broadcast_to(means[channels][:, None, None], (len(channels), axes, STEPS, dim))
    for axis in range(axes):
        walks = walks.at[:, axis, :, axis].set(values[:, axis])
    walked = _decode_each(model, state, walks.reshape(-1, dim), jnp.repeat(channels, axes * STEPS))
    shape = model.context.input_shape
    return {
        "samples": decoded.reshape(count, samples, *shape),
        "traversals": walked.reshape(len(channels), axes, STEPS, *shape),
        "traversal_values": values,
        "prior_means": means,
    }


def _decode_each(
    model: Model, state: TrainState, latents: Float[Array, "n D"], channels: Int[Array, " n"]
) -> Float[Array, "n *x"]:
    """Return E[x|z, c] for one latent and one channel in each row.

    Args:
        model: the model.
        state: its trained state.
        latents: z.
        channels: c.
    """
    return model.decode_channels(state.prediction_params, latents[:, None], channels[:, None])[:, 0]


def class_pictures(
    model: Model, state: TrainState, key: Key[Array, ""], samples: int
) -> Float[Array, "Y S *x"]:
    """Decode samples of each class: c by π_c τ[c, y], z from p(z|c).

    Args:
        model: the model; it has a classifier.
        state: its trained state.
        key: of the samples.
        samples: S.

    Returns:
        E[x|z, c].
    """
    channel_key, latent_key = jax.random.split(key)
    tau, log_pi = model.tau(state.carry), model.log_pi(state.prediction_params, state.carry.active)
    logits = jnp.log(tau.T) + log_pi
    channels = jax.random.categorical(channel_key, logits[:, None], shape=(len(logits), samples)).ravel()
    latents = model.sample_latents(state.prediction_params, latent_key, len(channels))
    own = latents[jnp.arange(len(channels)), channels]
    return _decode_each(model, state, own, channels).reshape(len(logits), samples, *model.context.input_shape)


def facts(model: Model, state: TrainState) -> dict[str, Array]:
    """Return what the state says without inputs: τ and its evidence, π, embeddings, and the prior's own inputs.

    Returns:
        Fields of `ReportArrays`, by name.
    """
    prior, classifier = model.parts.prior, model.parts.classifier
    named: dict[str, Array] = {
        "tau": model.tau(state.carry),
        "log_pi": model.log_pi(state.prediction_params, state.carry.active),
        "embeddings": state.prediction_params["embeddings"],
        "active": state.carry.active,
    }
    if classifier is not None and classifier.evidence is not None:
        named["evidence"] = classifier.evidence(state.carry.classifier)
    means = model.prior_means(state.prediction_params)
    if means is not None:
        named["prior_means"] = means
    if prior.pseudo_inputs is not None and means is not None:
        named["pseudo_inputs"] = prior.pseudo_inputs(state.prediction_params["prior"])
        named["decoded_pseudo_inputs"] = _decode_each(model, state, means, jnp.arange(len(means)))
    return named
