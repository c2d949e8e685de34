"""The objective of one batch, and what the next step inherits from it."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Key

from rcmvae_core.model.forward import complete, infer, prior_latents
from rcmvae_core.model.parts import Batch, Carry, Parts
from rcmvae_core.model.paths import hold
from rcmvae_core.protocols import (
    Factors,
    Inference,
    Influence,
    Labelled,
    LossInputs,
    LossOutput,
    Params,
    RoutingContext,
)


def start(parts: Parts) -> Carry:
    """The carry before the first step."""
    channels = parts.context.channels
    carry = Carry(
        classifier=parts.classifier.init() if parts.classifier else None,
        usage=jnp.full(channels, 1 / channels),
        active=jnp.ones(channels, bool),
        curriculum=tuple(curriculum.init() for curriculum in parts.curricula),
    )
    return carry._replace(active=unlocked(parts, carry, jnp.zeros((), jnp.int32)))


def unlocked(parts: Parts, carry: Carry, step: Int[Array, ""]) -> Array:
    """Channels [K] that no curriculum locks."""
    active = jnp.ones(parts.context.channels, bool)
    for curriculum, state in zip(parts.curricula, carry.curriculum, strict=True):
        active &= curriculum.active(state, step)
    return active


def predict(parts: Parts, carry: Carry, responsibilities: Float[Array, "B K"]) -> Float[Array, "B Y"]:
    """p(y|x); no columns without a classifier."""
    if parts.classifier is None:
        return jnp.zeros((len(responsibilities), 0))
    return parts.classifier.predict(carry.classifier, responsibilities)


def tau(parts: Parts, carry: Carry) -> Float[Array, "K Y"]:
    """Channel to label; no columns without a classifier."""
    if parts.classifier is None:
        return jnp.zeros((parts.context.channels, 0))
    return parts.classifier.tau(carry.classifier)


def relabel(
    parts: Parts,
    carry: Carry,
    responsibilities: Float[Array, "L K"],
    labels: Int[Array, " L"],
    new: Bool[Array, " Y"],
) -> Carry:
    """The carry with a classifier rebuilt from labelled examples, where it can be."""
    if parts.classifier is None or parts.classifier.rebuild is None:
        return carry
    state = parts.classifier.rebuild(responsibilities, labels, carry.usage, carry.active, new)
    return carry._replace(classifier=state)


def loss(
    parts: Parts, params: Params, carry: Carry, batch: Batch, *, step: Int[Array, ""], key: Key[Array, ""]
) -> tuple[Float[Array, ""], tuple[LossOutput, Carry]]:
    """The weighted sum of all terms, and the carry of the next step."""
    forward_key, *term_keys = jax.random.split(key, len(parts.terms) + 1)
    if parts.curricula:  # else nothing is ever locked
        params = hold(params, parts.channel_axes, carry.active)
    influence = _influence(parts, carry, step)
    inputs, state = _look(parts, params, carry, batch, influence, step=step, key=forward_key)
    terms = {
        label: jnp.mean(term.value(inputs._replace(key=key)))
        for (label, term), key in zip(parts.terms.items(), term_keys, strict=True)
    }
    factors = influence.factors._asdict()
    weighted = [factors[term.role] * term.weight(step) * terms[label] for label, term in parts.terms.items()]
    total = jnp.sum(jnp.stack(weighted))
    return total, (LossOutput(total, terms), state)


def _look(
    parts: Parts,
    params: Params,
    carry: Carry,
    batch: Batch,
    influence: Influence,
    *,
    step: Int[Array, ""],
    key: Key[Array, ""],
) -> tuple[LossInputs, Carry]:
    """Everything the terms read, and the next carry; both streams go through the encoder together."""
    size, active = len(batch.x), carry.active
    both = batch.x if batch.labelled_x is None else jnp.concatenate([batch.x, batch.labelled_x])
    everything, log_q = infer(parts, params, both, active, influence.logit_bias)
    unlabelled, rest = (
        Inference(*(field[part] for field in everything)) for part in (slice(size), slice(size, None))
    )
    context = RoutingContext(active, step, None, influence.temperature, influence.soft)
    forward = complete(parts, params, batch.x, unlabelled, log_q[:size], context=context, key=key, noise=True)
    labelled, state = None, carry.classifier
    if batch.labels is not None:
        labelled = Labelled(rest, log_q[size:], batch.labels, tau(parts, carry))
    if parts.classifier is not None and labelled is not None:
        responsibilities = jax.lax.stop_gradient(jnp.exp(labelled.log_responsibilities))
        state = parts.classifier.update(state, responsibilities, labelled.labels)
    mean = jnp.mean(forward.responsibilities, axis=0)
    usage = parts.usage_decay * carry.usage + (1 - parts.usage_decay) * jax.lax.stop_gradient(mean)
    inputs = LossInputs(
        x=batch.x,
        forward=forward,
        labelled=labelled,
        # The running mean's value with the batch mean's gradient: its own would be 1 - decay times as large.
        usage=usage + (mean - jax.lax.stop_gradient(mean)),
        active=active,
        step=step,
        key=key,
        params=params,
        infer=lambda x: infer(parts, params, x, active, influence.logit_bias)[1],
        sample=lambda key, count: prior_latents(parts, params, key, count),
    )
    return inputs, carry._replace(classifier=state, usage=usage)


def settled(parts: Parts, carry: Carry, step: Int[Array, ""]) -> Bool[Array, ""]:
    """Whether the objective has come to rest: its weights, what curricula do and which channels are unlocked.

    Each is compared with what it will be at the last step, and may differ from that by one part in a hundred, so
    that a weight which approaches its end for ever comes to rest too.

    Args:
        parts: the model's parts.
        carry: of this step.
        step: steps done.
    """
    last = jnp.asarray(parts.context.epochs * parts.context.steps_per_epoch, jnp.int32)

    def at(step: Int[Array, ""]) -> Any:
        weights = [jnp.asarray(term.weight(step), jnp.float32) for term in parts.terms.values()]
        return weights, _influence(parts, carry, step), unlocked(parts, carry, step)

    def near(now: Array, then: Array) -> Array:
        now, then = now.astype(jnp.float32), then.astype(jnp.float32)
        return jnp.all(jnp.abs(now - then) <= 0.01 * jnp.maximum(jnp.abs(now), jnp.abs(then)))

    return jnp.all(jnp.stack(jax.tree.leaves(jax.tree.map(near, at(step), at(last)))))


def _influence(parts: Parts, carry: Carry, step: Int[Array, ""]) -> Influence:
    """What all curricula together do: biases add, factors multiply, one that asks for softness is enough."""
    one = jnp.ones(())
    whole = Influence(
        jnp.zeros(parts.context.channels), one, jnp.zeros((), bool), Factors(one, one, one, one)
    )
    for curriculum, state in zip(parts.curricula, carry.curriculum, strict=True):
        each = curriculum.influence(state, step)
        whole = Influence(
            logit_bias=whole.logit_bias + each.logit_bias,
            temperature=whole.temperature * each.temperature,
            soft=whole.soft | each.soft,
            factors=Factors(*(a * b for a, b in zip(whole.factors, each.factors, strict=True))),
        )
    return whole
