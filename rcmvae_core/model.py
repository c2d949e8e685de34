"""A resolved spec's parts joined into one model: pure functions over a dict of parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import attrs
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Key

from rcmvae_core.declarations import load_object
from rcmvae_core.protocols import (
    Classifier,
    Context,
    Forward,
    Head,
    Inference,
    Labelled,
    LossInputs,
    LossOutput,
    LossTerm,
    Net,
    Params,
    Prior,
    Routing,
    RoutingContext,
    Schedule,
    Selection,
)
from rcmvae_core.resolve import Part, ResolvedSpec

# log q of a locked channel: its exp is exactly zero, and unlike -inf it survives a product with zero.
LOCKED = -1e9
_OWN = frozenset(
    {
        "data",
        "encoder",
        "prior",
        "routing",
        "conditioner",
        "backbone",
        "head",
        "loss",
        "classifier",
        "optimizer",
        "figure",
    }
)


class Batch(NamedTuple):
    """What one step sees, inputs in [0, 1]; the labelled stream is None when the run has no labels."""

    x: Float[Array, "B *x"]
    labelled_x: Float[Array, "L *x"] | None
    labels: Int[Array, " L"] | None


class Carry(NamedTuple):
    """State that a step reads and the next one needs, besides parameters."""

    classifier: Any
    usage: Float[Array, " K"]
    active: Bool[Array, " K"]


class Model(NamedTuple):
    """The functions of a model; `params` is a dict with an entry for each part.

    Args:
        init: `(key, inputs) -> params`.
        infer: `(params, x, active) -> (Inference, log q(c|x))`.
        forward: `(params, x, *, step, active, key, train) -> Forward`; without a key the latents are the means.
        loss: `(params, carry, batch, *, step, key) -> (total, (LossOutput, Carry))`.
        predict: `(carry, responsibilities) -> p(y|x)`, no columns without a classifier.
        tau: `carry -> [K Y]`, likewise.
        decode: `(params, latents [B k D]) -> E[x|z, c] [B K *x]`.
        sample: `(params, key, count) -> E[x|z, c] [count K *x]`, z from the prior.
        mean: E[x] of a `Forward`, over its decoded channels.
        start: the carry before the first step.
        context: the sizes it was built with.
    """

    init: Callable[..., Params]
    infer: Callable[..., tuple[Inference, Float[Array, "B K"]]]
    forward: Callable[..., Forward]
    loss: Callable[..., tuple[Float[Array, ""], tuple[LossOutput, Carry]]]
    predict: Callable[[Carry, Float[Array, "B K"]], Float[Array, "B Y"]]
    tau: Callable[[Carry], Float[Array, "K Y"]]
    decode: Callable[..., Float[Array, "B K *x"]]
    sample: Callable[..., Float[Array, "B K *x"]]
    mean: Callable[[Forward], Float[Array, "B *x"]]
    start: Callable[[], Carry]
    context: Context


class Term(NamedTuple):
    """A loss term and the schedule of its weight."""

    value: LossTerm
    weight: Schedule


class _Parts(NamedTuple):
    context: Context
    encoder: Net
    prior: Prior
    routing: Routing
    backbone: Net
    head: Head
    terms: Mapping[str, Term]
    classifier: Classifier | None
    usage_decay: float


def instantiate(part: Part, context: Context, *built: Any) -> Any:
    """Import a part's implementation and call it, its nested parts first."""
    return load_object(part.registered.plugin.impl)(_with_nested(part.params, context), context, *built)


def _with_nested(record: Any, context: Context) -> Any:
    nested = attrs.asdict(record, recurse=False)
    return attrs.evolve(
        record, **{k: instantiate(v, context) for k, v in nested.items() if isinstance(v, Part)}
    )


def build(resolved: ResolvedSpec, context: Context) -> Model:
    """Make the model of a resolved spec.

    Args:
        resolved: the checked spec.
        context: sizes that follow from the spec and its data.
    """
    extras = {
        kind: [instantiate(part, context) for part in parts]
        for kind, parts in resolved.parts.items()
        if kind not in _OWN and parts
    }
    context = attrs.evolve(context, parts=extras)
    conditioner = instantiate(resolved.one("conditioner"), context)
    classifier = resolved.maybe("classifier")
    parts = _Parts(
        context=context,
        encoder=instantiate(resolved.one("encoder"), context),
        prior=instantiate(resolved.one("prior"), context),
        routing=instantiate(resolved.one("routing"), context),
        backbone=instantiate(resolved.one("backbone"), context, conditioner),
        head=instantiate(resolved.one("head"), context),
        terms={
            p.label: Term(instantiate(p, context), _with_nested(p.keys, context).weight)
            for p in resolved.parts["loss"]
        },
        classifier=instantiate(classifier, context) if classifier else None,
        usage_decay=resolved.train.usage_decay,
    )
    return Model(
        init=partial(_init, parts),
        infer=partial(_infer, parts),
        forward=partial(_forward, parts),
        loss=partial(_loss, parts),
        predict=partial(_predict, parts),
        tau=partial(_tau, parts),
        decode=partial(_decode, parts),
        sample=partial(_sample, parts),
        mean=partial(_mean, parts),
        start=partial(_start, parts),
        context=context,
    )


def _init(parts: _Parts, key: Key[Array, ""], inputs: Float[Array, "n *x"]) -> Params:
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


def _start(parts: _Parts) -> Carry:
    channels = parts.context.channels
    state = parts.classifier.init() if parts.classifier else None
    return Carry(state, jnp.full(channels, 1 / channels), jnp.ones(channels, bool))


def _infer(
    parts: _Parts, params: Params, x: Float[Array, "B *x"], active: Bool[Array, " K"]
) -> tuple[Inference, Float[Array, "B K"]]:
    inference = parts.encoder.apply(params["encoder"], x)
    return inference, _log_responsibilities(inference.logits, active)


def _log_responsibilities(logits: Float[Array, "B K"], active: Bool[Array, " K"]) -> Float[Array, "B K"]:
    masked = jnp.where(active, logits, LOCKED)
    return jnp.where(active, jax.nn.log_softmax(masked), LOCKED)


def _forward(
    parts: _Parts,
    params: Params,
    x: Float[Array, "B *x"],
    *,
    step: Int[Array, ""],
    active: Bool[Array, " K"],
    key: Key[Array, ""] | None,
    train: bool = False,
) -> Forward:
    inference, log_q = _infer(parts, params, x, active)
    return _complete(parts, params, x, inference, log_q, step=step, active=active, key=key, train=train)


def _complete(
    parts: _Parts,
    params: Params,
    x: Float[Array, "B *x"],
    inference: Inference,
    log_q: Float[Array, "B K"],
    *,
    step: Int[Array, ""],
    active: Bool[Array, " K"],
    key: Key[Array, ""] | None,
    train: bool,
) -> Forward:
    """Everything after the encoder: latents, routing, decoder and the terms every loss may read."""
    latent_key, routing_key, prior_key = (None,) * 3 if key is None else jax.random.split(key, 3)
    latents = _draw(inference, latent_key)
    selection = parts.routing(log_q, RoutingContext(active, step, routing_key if train else None))
    likelihood = _likelihood(parts, params, latents, selection)
    encode = partial(parts.encoder.apply, params["encoder"])
    nll = parts.head.negative_log_likelihood(likelihood, x, selection.weights)
    blended = parts.head.blend(likelihood, selection.weights)
    return Forward(
        inference=inference,
        log_responsibilities=log_q,
        responsibilities=jnp.exp(log_q),
        selection=selection,
        latents=latents,
        likelihood=likelihood,
        nll=nll,
        blended_nll=parts.head.negative_log_likelihood(blended, x, jnp.ones((len(x), 1)))[:, 0],
        kl=parts.prior.kl(params["prior"], inference, latents=latents, encode=encode, key=prior_key),
        log_pi=parts.prior.log_pi(params["prior"]),
        embeddings=params["embeddings"],
    )


def _draw(inference: Inference, key: Key[Array, ""] | None) -> Float[Array, "B k D"]:
    if key is None:
        return inference.mean
    noise = jax.random.normal(key, inference.mean.shape)
    return inference.mean + jnp.exp(inference.log_var / 2) * noise


def _likelihood(parts: _Parts, params: Params, latents: Float[Array, "B k D"], selection: Selection) -> Any:
    """The decoder on the selected channels only."""
    channels = selection.channels
    gated = channels.shape[0] > 1 or channels.shape[1] < parts.context.channels
    if gated and latents.shape[1] > 1:
        latents = jnp.take_along_axis(latents, channels[..., None], axis=1)
    embeddings = params["embeddings"][channels] if gated else params["embeddings"][None]
    features = parts.backbone.apply(params["backbone"], latents, embeddings)
    return parts.head.apply(params["head"], features)


def _every_channel(parts: _Parts) -> Selection:
    channels = parts.context.channels
    return Selection(jnp.full((1, channels), 1 / channels), jnp.arange(channels)[None])


def _decode(parts: _Parts, params: Params, latents: Float[Array, "B k D"]) -> Float[Array, "B K *x"]:
    mean = parts.head.mean(_likelihood(parts, params, latents, _every_channel(parts)))
    return jnp.broadcast_to(mean, (len(latents), parts.context.channels, *parts.context.input_shape))


def _sample(parts: _Parts, params: Params, key: Key[Array, ""], count: int) -> Float[Array, "B K *x"]:
    encode = partial(parts.encoder.apply, params["encoder"])
    latents = parts.prior.sample(params["prior"], key, count, encode=encode)
    return _decode(parts, params, latents)


def _mean(parts: _Parts, forward: Forward) -> Float[Array, "B *x"]:
    weights = forward.selection.weights
    mean = parts.head.mean(forward.likelihood)
    weights = weights.reshape(*weights.shape, *(1,) * len(parts.context.input_shape))
    return jnp.sum(weights * mean, axis=1)


def _predict(parts: _Parts, carry: Carry, responsibilities: Float[Array, "B K"]) -> Float[Array, "B Y"]:
    if parts.classifier is None:
        return jnp.zeros((len(responsibilities), 0))
    return parts.classifier.predict(carry.classifier, responsibilities)


def _tau(parts: _Parts, carry: Carry) -> Float[Array, "K Y"]:
    return (
        parts.classifier.tau(carry.classifier) if parts.classifier else jnp.zeros((parts.context.channels, 0))
    )


def _loss(
    parts: _Parts, params: Params, carry: Carry, batch: Batch, *, step: Int[Array, ""], key: Key[Array, ""]
) -> tuple[Float[Array, ""], tuple[LossOutput, Carry]]:
    """The objective of one batch, and the carry of the next step."""
    forward_key, *term_keys = jax.random.split(key, len(parts.terms) + 1)
    size = len(batch.x)
    both = batch.x if batch.labelled_x is None else jnp.concatenate([batch.x, batch.labelled_x])
    everything, log_q = _infer(parts, params, both, carry.active)
    inference = Inference(*(field[:size] for field in everything))
    forward = _complete(
        parts,
        params,
        batch.x,
        inference,
        log_q[:size],
        step=step,
        active=carry.active,
        key=forward_key,
        train=True,
    )
    labelled = None
    if batch.labels is not None:
        labelled = Labelled(log_q[size:], batch.labels, _tau(parts, carry))
    mean = jnp.mean(forward.responsibilities, axis=0)
    usage = parts.usage_decay * carry.usage + (1 - parts.usage_decay) * jax.lax.stop_gradient(mean)
    inputs = LossInputs(
        x=batch.x,
        forward=forward,
        labelled=labelled,
        # The running mean's value with the batch mean's gradient: its own would be 1 - decay times as large.
        usage=usage + (mean - jax.lax.stop_gradient(mean)),
        active=carry.active,
        step=step,
        key=forward_key,
    )
    terms = {
        label: jnp.mean(term.value(inputs._replace(key=key)))
        for (label, term), key in zip(parts.terms.items(), term_keys, strict=True)
    }
    weighted = [term.weight(step) * terms[label] for label, term in parts.terms.items()]
    total = jnp.sum(jnp.stack(weighted))
    state = carry.classifier
    if parts.classifier is not None and labelled is not None:
        responsibilities = jax.lax.stop_gradient(jnp.exp(labelled.log_responsibilities))
        state = parts.classifier.update(state, responsibilities, labelled.labels)
    return total, (LossOutput(total, terms), Carry(state, usage, carry.active))
