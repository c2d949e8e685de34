"""From inputs to everything that a loss may read, and back from latents to inputs."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Key

from rcmvae_core.model.parts import Parts
from rcmvae_core.protocols import Forward, Inference, Likelihood, Params, RoutingContext, Selection

# log q of a locked channel: its exp is exactly zero, and unlike -inf it survives a product with zero.
LOCKED = -1e9


def init(parts: Parts, key: Key[Array, ""], inputs: Float[Array, "n *x"]) -> Params:
    """Parameters of every part, by part; inputs are a sample of the training data."""
    context = parts.context
    encoder_key, prior_key, embedding_key, backbone_key, head_key = jax.random.split(key, 5)
    embeddings = jax.random.normal(embedding_key, (context.channels, context.embedding_dim))
    z = jnp.zeros((1, context.posteriors, context.dim))
    backbone = parts.backbone.init(backbone_key, z, embeddings[None])
    features = parts.backbone.apply(backbone, z, embeddings[None])
    return {
        "encoder": parts.encoder.init(encoder_key, inputs[:1]),
        "prior": parts.prior.init(prior_key, inputs),
        "embeddings": embeddings,
        "backbone": backbone,
        "head": parts.head.init(head_key, features),
    }


def infer(
    parts: Parts,
    params: Params,
    x: Float[Array, "B *x"],
    active: Bool[Array, " K"],
    logit_bias: Float[Array, " K"] | None = None,
) -> tuple[Inference, Float[Array, "B K"]]:
    """The encoder's posteriors, and log q(c|x)."""
    inference = parts.encoder.apply(params["encoder"], x)
    logits = inference.logits if logit_bias is None else inference.logits + logit_bias
    return inference, over_active(logits, active)


def over_active(logits: Float[Array, "*B K"], active: Bool[Array, " K"]) -> Float[Array, "*B K"]:
    """The log-softmax over active channels; a locked one gets `LOCKED`, and no gradient."""
    masked = jnp.where(active, logits, LOCKED)
    return jnp.where(active, jax.nn.log_softmax(masked), LOCKED)


def forward(
    parts: Parts,
    params: Params,
    x: Float[Array, "B *x"],
    *,
    step: Int[Array, ""],
    active: Bool[Array, " K"],
    key: Key[Array, ""] | None,
    train: bool = False,
) -> Forward:
    """One pass, without the influence of a curriculum."""
    inference, log_q = infer(parts, params, x, active)
    neutral = RoutingContext(active, step, None, jnp.ones(()), jnp.zeros((), bool))
    return complete(parts, params, x, inference, log_q, context=neutral, key=key, noise=train)


def complete(
    parts: Parts,
    params: Params,
    x: Float[Array, "B *x"],
    inference: Inference,
    log_q: Float[Array, "B K"],
    *,
    context: RoutingContext,
    key: Key[Array, ""] | None,
    noise: bool,
) -> Forward:
    """What follows the encoder: routing, latents, decoder and the terms every loss may read.

    Args:
        parts: the model's parts.
        params: their parameters.
        x: the batch.
        inference: the encoder's output.
        log_q: log q(c|x).
        context: for the routing, its key still missing.
        key: of this pass; without one the latents are the means.
        noise: whether the routing gets a key.
    """
    latent_key, routing_key, prior_key = (None,) * 3 if key is None else jax.random.split(key, 3)
    selection = parts.routing(log_q, context._replace(key=routing_key if noise else None))
    latents = draw(_decoded(parts, inference, selection), latent_key)
    responsibilities = jnp.exp(log_q)
    likelihood = _likelihood(parts, params, latents, selection, responsibilities)
    nll = parts.head.negative_log_likelihood(likelihood, x, selection.weights)
    blended = parts.head.blend(likelihood, selection.weights)
    prior = params["prior"]
    return Forward(
        inference=inference,
        log_responsibilities=log_q,
        responsibilities=responsibilities,
        selection=selection,
        latents=latents,
        likelihood=likelihood,
        nll=nll,
        blended_nll=parts.head.negative_log_likelihood(blended, x, jnp.ones((len(x), 1)))[:, 0],
        kl=parts.prior.kl(
            prior, inference, latents=latents, encode=_encode(parts, params), active=context.active, key=prior_key
        ),
        log_pi=over_active(parts.prior.log_pi(prior), context.active),
        embeddings=params["embeddings"],
    )  # fmt: skip


def _is_gated(parts: Parts, selection: Selection) -> bool:
    rows, columns = selection.channels.shape
    return rows > 1 or columns < parts.context.channels


def _decoded(parts: Parts, inference: Inference, selection: Selection) -> Inference:
    """The posteriors that are decoded: with gating M of K, so that no noise is drawn for the rest."""
    if inference.mean.shape[1] == 1 or not _is_gated(parts, selection):
        return inference
    index = selection.channels[..., None]
    mean, log_var = (jnp.take_along_axis(a, index, axis=1) for a in (inference.mean, inference.log_var))
    return Inference(inference.logits, mean, log_var)


def draw(inference: Inference, key: Key[Array, ""] | None) -> Float[Array, "B k D"]:
    """Latents of the posteriors; their means without a key."""
    if key is None:
        return inference.mean
    noise = jax.random.normal(key, inference.mean.shape)
    return inference.mean + jnp.exp(inference.log_var / 2) * noise


def decode(parts: Parts, params: Params, latents: Float[Array, "B k D"]) -> Float[Array, "B K *x"]:
    """E[x|z, c] for every channel."""
    channels = parts.context.channels
    every = Selection(jnp.full((1, channels), 1 / channels), jnp.arange(channels)[None])
    mean = parts.head.mean(_likelihood(parts, params, latents, every, None))
    return jnp.broadcast_to(mean, (len(latents), channels, *parts.context.input_shape))


def prior_latents(parts: Parts, params: Params, key: Key[Array, ""], count: int) -> Float[Array, "count K D"]:
    """Latents z from each p(z|c)."""
    return parts.prior.sample(params["prior"], key, count, encode=_encode(parts, params))


def sample(parts: Parts, params: Params, key: Key[Array, ""], count: int) -> Float[Array, "B K *x"]:
    """E[x|z, c] for z from the prior of each channel."""
    latents = prior_latents(parts, params, key, count)
    return decode(parts, params, latents)


def mean(parts: Parts, forward: Forward) -> Float[Array, "B *x"]:
    """E[x] over the decoded channels."""
    weights = forward.selection.weights
    weights = weights.reshape(*weights.shape, *(1,) * len(parts.context.input_shape))
    return jnp.sum(weights * parts.head.mean(forward.likelihood), axis=1)


def at_bound(parts: Parts, likelihood: Likelihood) -> Float[Array, "B M"]:
    """The share of standard deviations that lie on a bound; none where the head has no bounds."""
    return parts.head.at_bound(likelihood) if parts.head.at_bound is not None else jnp.zeros((1, 1))


def _encode(parts: Parts, params: Params) -> Any:
    return partial(parts.encoder.apply, params["encoder"])


def _likelihood(
    parts: Parts,
    params: Params,
    latents: Float[Array, "B m D"],
    selection: Selection,
    responsibilities: Float[Array, "B K"] | None,
) -> Any:
    """The decoder on the selected channels only."""
    gated = _is_gated(parts, selection)
    embeddings = params["embeddings"][selection.channels] if gated else params["embeddings"][None]
    if selection.mix_embeddings is not None and responsibilities is not None:
        mixed = (responsibilities @ params["embeddings"])[:, None]
        embeddings = jnp.where(selection.mix_embeddings, mixed, embeddings)
    features = parts.backbone.apply(params["backbone"], latents, embeddings)
    return parts.head.apply(params["head"], features)
