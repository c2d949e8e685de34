"""Computes a pass through the model, from inputs to the arrays that losses read, and samples from latents."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Key

from rcmvae_core.model import covariates
from rcmvae_core.model.build import ModelParts
from rcmvae_core.model.missing import fill_means
from rcmvae_core.plugin.protocols import EncoderOutput, Forward, Likelihood, Params, RoutingContext, Selection

# log q of a locked channel: its exp is exactly zero, and unlike -inf it survives a product with zero.
LOCKED = -1e9


def init(parts: ModelParts, key: Key[Array, ""], inputs: Float[Array, "n *x"]) -> Params:
    """Initialise the parameters of every part.

    Args:
        parts: the model's parts.
        key: the only source of randomness.
        inputs: a sample of the training data in [0, 1].

    Returns:
        Parameters by part, the embeddings [K E], and those of losses that have any.
    """
    context = parts.context
    encoder_key, prior_key, embedding_key, backbone_key, head_key = jax.random.split(key, 5)
    embeddings = jax.random.normal(embedding_key, (context.channels, context.embedding_dim))
    z = jnp.zeros((1, context.posteriors, context.dim))
    conditions = covariates.join(context, embeddings[None], None)
    backbone = parts.backbone.init(backbone_key, z, conditions)
    features = parts.backbone.apply(backbone, z, conditions)
    params: dict[str, Params] = {
        "encoder": parts.encoder.init(encoder_key, inputs if context.covariates else inputs[:1]),
        "prior": parts.prior.init(prior_key, fill_means(inputs, context)),
        "embeddings": embeddings,
        "backbone": backbone,
        "head": parts.head.init(head_key, features),
    }
    # Keys of their own, so that a loss does not change how the model begins.
    losses = {
        label: loss.init(jax.random.fold_in(key, number), params)
        for number, (label, loss) in enumerate(parts.stateful_losses.items())
    }
    return params | ({"losses": losses} if losses else {})


def infer(
    parts: ModelParts,
    params: Params,
    x: Float[Array, "B *x"],
    active: Bool[Array, " K"],
    logit_bias: Float[Array, " K"] | None = None,
) -> tuple[EncoderOutput, Float[Array, "B K"]]:
    """Run the encoder.

    Args:
        parts: the model's parts.
        params: their parameters.
        x: the batch, in [0, 1].
        active: channels that are unlocked.
        logit_bias: added to the logits of q(c|x).

    Returns:
        The encoder's posteriors, and log q(c|x) over the active channels.
    """
    encoder_output = parts.encoder.apply(params["encoder"], x)
    logits = encoder_output.logits if logit_bias is None else encoder_output.logits + logit_bias
    return encoder_output, masked_log_softmax(logits, active)


def masked_log_softmax(logits: Float[Array, "*B K"], active: Bool[Array, " K"]) -> Float[Array, "*B K"]:
    """Return the log-softmax over the active channels, and `LOCKED`, without a gradient, for the others."""
    # The inner mask keeps locked logits out of the sum. The outer one makes log q of a locked channel a constant, so
    # that no gradient reaches the logits of active channels through it.
    masked = jnp.where(active, logits, LOCKED)
    return jnp.where(active, jax.nn.log_softmax(masked), LOCKED)


def forward(
    parts: ModelParts,
    params: Params,
    x: Float[Array, "B *x"],
    *,
    step: Int[Array, ""],
    active: Bool[Array, " K"],
    key: Key[Array, ""] | None,
    train: bool = False,
) -> Forward:
    """Run one pass without the effect of curricula; see `Model.forward`.

    Returns:
        Everything that a loss term may read.
    """
    encoder_output, log_q = infer(parts, params, x, active)
    neutral = RoutingContext(active, step, None, jnp.ones(()), jnp.zeros((), bool))
    return forward_from_encoder(
        parts, params, x, encoder_output, log_q, context=neutral, key=key, routing_noise=train
    )


def forward_from_encoder(
    parts: ModelParts,
    params: Params,
    x: Float[Array, "B *x"],
    encoder_output: EncoderOutput,
    log_q: Float[Array, "B K"],
    *,
    context: RoutingContext,
    key: Key[Array, ""] | None,
    routing_noise: bool,
) -> Forward:
    """Run the pass after the encoder: routing, latents, decoder, and the terms that every loss may read.

    Args:
        parts: the model's parts.
        params: their parameters.
        x: the batch, in [0, 1].
        encoder_output: the encoder's posteriors.
        log_q: log q(c|x).
        context: of the routing; its key is set here.
        key: of this pass; without one the latents are the posterior means.
        routing_noise: whether the routing gets a key.

    Returns:
        Everything that a loss term may read.
    """
    latent_key, routing_key, prior_key = (None,) * 3 if key is None else jax.random.split(key, 3)
    selection = parts.routing(log_q, context._replace(key=routing_key if routing_noise else None))
    latents = sample_latents(_decoded_posteriors(parts, encoder_output, selection), latent_key)
    responsibilities = jnp.exp(log_q)
    likelihood = _likelihood(parts, params, latents, selection, responsibilities, x=x)
    nll = parts.head.negative_log_likelihood(likelihood, x, selection.weights)
    blended = parts.head.blend(likelihood, selection.weights)
    if parts.head.observe is not None:
        likelihood = parts.head.observe(likelihood, x)
    prior = params["prior"]
    return Forward(
        encoder_output=encoder_output,
        log_responsibilities=log_q,
        responsibilities=responsibilities,
        selection=selection,
        latents=latents,
        likelihood=likelihood,
        nll=nll,
        blended_nll=parts.head.negative_log_likelihood(blended, x, jnp.ones((len(x), 1)))[:, 0],
        kl=parts.prior.kl(
            prior, encoder_output, latents=latents, encode=_encode(parts, params), active=context.active, key=prior_key
        ),
        log_pi=log_pi(parts, params, context.active),
        embeddings=params["embeddings"],
    )  # fmt: skip


def _decoded_posteriors(
    parts: ModelParts, encoder_output: EncoderOutput, selection: Selection
) -> EncoderOutput:
    """Select the posteriors that are decoded: with gating M of K, so that no noise is drawn for the rest.

    Args:
        parts: the model's parts.
        encoder_output: the posteriors of all channels, or the one that they share.
        selection: the decoded channels.

    Returns:
        Posteriors [B M D], or [B 1 D] where all channels share one.
    """
    if selection.channels is None or parts.context.posteriors == 1:
        return encoder_output
    index = selection.channels[..., None]
    mean, log_var = (
        jnp.take_along_axis(a, index, axis=1) for a in (encoder_output.mean, encoder_output.log_var)
    )
    return EncoderOutput(encoder_output.logits, mean, log_var)


def sample_latents(encoder_output: EncoderOutput, key: Key[Array, ""] | None) -> Float[Array, "B k D"]:
    """Sample latents from the posteriors; without a key return their means.

    Returns:
        A latent for each posterior.
    """
    if key is None:
        return encoder_output.mean
    noise = jax.random.normal(key, encoder_output.mean.shape)
    return encoder_output.mean + jnp.exp(encoder_output.log_var / 2) * noise


def decode(
    parts: ModelParts, params: Params, latents: Float[Array, "B k D"], x: Float[Array, "B *x"] | None = None
) -> Float[Array, "B K *x"]:
    """Return E[x|z, c] for every channel.

    Args:
        parts: the model's parts.
        params: their parameters.
        latents: z.
        x: inputs whose covariates decode them; None is the training means.
    """
    channels = parts.context.channels
    all_channels = Selection(jnp.full((1, channels), 1 / channels))
    mean = parts.head.mean(_likelihood(parts, params, latents, all_channels, None, x=x))
    mean = covariates.complete(parts.context, mean, x)
    # A decoder that does not read the channel gives one image for all of them.
    return jnp.broadcast_to(mean, (len(latents), channels, *parts.context.input_shape))


def route(
    parts: ModelParts,
    log_responsibilities: Float[Array, "B K"],
    *,
    step: Int[Array, ""],
    active: Bool[Array, " K"],
    key: Key[Array, ""] | None,
) -> Selection:
    """Select channels without the effect of curricula; see `Model.route`.

    Returns:
        The channels and their weights.
    """
    context = RoutingContext(active, step, key, jnp.ones(()), jnp.zeros((), bool))
    return parts.routing(log_responsibilities, context)


def kl_at_means(
    parts: ModelParts, params: Params, posterior: EncoderOutput, active: Bool[Array, " K"]
) -> Float[Array, "B j"]:
    """Return KL(q(z|x) || p(z|c)) of every posterior, for latents at their means.

    Args:
        parts: the model's parts.
        params: their parameters.
        posterior: the encoder's posteriors.
        active: channels that are unlocked.
    """
    encode = _encode(parts, params)
    return parts.prior.kl(
        params["prior"], posterior, latents=posterior.mean, encode=encode, active=active, key=None
    )


def decode_selected(
    parts: ModelParts,
    params: Params,
    latents: Float[Array, "B m D"],
    channels: Int[Array, "B M"],
    x: Float[Array, "B *x"] | None,
) -> Likelihood:
    """Return p(x|z, c) for M channels of each row, for one latent each or one that all share.

    Args:
        parts: the model's parts.
        params: their parameters.
        latents: z.
        channels: c.
        x: inputs whose covariates decode them; None is the training means.
    """
    weights = jnp.full(channels.shape, 1 / channels.shape[1])
    return _likelihood(parts, params, latents, Selection(weights, channels), None, x=x)


def decode_channels(
    parts: ModelParts,
    params: Params,
    latents: Float[Array, "n k D"],
    channels: Int[Array, "n M"],
    x: Float[Array, "n *x"] | None = None,
) -> Float[Array, "n M *x"]:
    """Return E[x|z, c] of some channels only; see `Model.decode_channels`."""
    if latents.shape[1] > 1:
        latents = jnp.take_along_axis(latents, channels[..., None], axis=1)
    mean = parts.head.mean(decode_selected(parts, params, latents, channels, x))
    mean = covariates.complete(parts.context, mean, x)
    # A decoder that does not read the channel gives one image for all of them.
    return jnp.broadcast_to(mean, (*channels.shape, *parts.context.input_shape))


def log_pi(parts: ModelParts, params: Params, active: Bool[Array, " K"]) -> Float[Array, " K"]:
    """Return log p(c) over the active channels, and `LOCKED` for the others."""
    return masked_log_softmax(parts.prior.log_pi(params["prior"]), active)


def prior_means(parts: ModelParts, params: Params) -> Float[Array, "K D"] | None:
    """Return the mean of each p(z|c); None if the prior does not say."""
    means = parts.prior.means
    return None if means is None else means(params["prior"], encode=_encode(parts, params))


def prior_latents(
    parts: ModelParts, params: Params, key: Key[Array, ""], count: int
) -> Float[Array, "count K D"]:
    """Sample latents z from each p(z|c).

    Returns:
        `count` latents for each channel.
    """
    return parts.prior.sample(params["prior"], key, count, encode=_encode(parts, params))


def mean(parts: ModelParts, forward: Forward, x: Float[Array, "B *x"]) -> Float[Array, "B *x"]:
    """Return E[x] over the decoded channels, with the covariates of the inputs x."""
    blended = parts.head.mean(parts.head.blend(forward.likelihood, forward.selection.weights))[:, 0]
    return covariates.complete(parts.context, blended, x)


def at_bound(parts: ModelParts, likelihood: Likelihood) -> Float[Array, "B M"]:
    """Return the share of standard deviations that lie on a bound; zero where the head has no bounds."""
    return parts.head.at_bound(likelihood) if parts.head.at_bound is not None else jnp.zeros((1, 1))


def _encode(parts: ModelParts, params: Params) -> Any:
    return partial(parts.encoder.apply, params["encoder"])


def _likelihood(
    parts: ModelParts,
    params: Params,
    latents: Float[Array, "B m D"],
    selection: Selection,
    responsibilities: Float[Array, "B K"] | None,
    *,
    x: Float[Array, "B *x"] | None,
) -> Any:
    """Run the decoder on the selected channels only.

    Args:
        parts: the model's parts.
        params: their parameters.
        latents: of the decoded channels; m is 1 where they share one.
        selection: the decoded channels.
        responsibilities: q(c|x), for embeddings that are mixed; None mixes none.
        x: inputs whose covariates decode the latents; None is the training means.

    Returns:
        The likelihood of the head, over M channels.
    """
    all_channels = selection.channels is None
    embeddings = params["embeddings"][None] if all_channels else params["embeddings"][selection.channels]
    if selection.mix_embeddings is not None and responsibilities is not None:
        mixed = (responsibilities @ params["embeddings"])[:, None]
        embeddings = jnp.where(selection.mix_embeddings, mixed, embeddings)
    embeddings = covariates.join(parts.context, embeddings, x)
    features = parts.backbone.apply(params["backbone"], latents, embeddings)
    return parts.head.apply(params["head"], features)
