"""Computes the objective of one batch, and the model state that the next step starts from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Key

from rcmvae_core.model.augment import augment
from rcmvae_core.model.build import Batch, ModelParts, ModelState
from rcmvae_core.model.forward import forward_from_encoder, infer, prior_latents
from rcmvae_core.model.param_paths import freeze_inactive
from rcmvae_core.plugin.protocols import (
    CurriculumEffect,
    EncoderOutput,
    LabelledBatch,
    LossInputs,
    LossOutput,
    LossWeightFactors,
    Params,
    RoutingContext,
    StatefulLoss,
)


def init_state(parts: ModelParts, params: Params | None = None) -> ModelState:
    """Return the model state before the first step.

    Args:
        parts: the model's parts.
        params: the initial parameters, from which losses have their state; None for a state that is not trained.
    """
    channels = parts.context.channels
    state = ModelState(
        classifier=parts.classifier.init() if parts.classifier else None,
        usage=jnp.full(channels, 1 / channels),
        active=jnp.ones(channels, bool),
        curriculum=tuple(curriculum.init() for curriculum in parts.curricula),
        losses=() if params is None else _init_losses(parts, params),
        weight_factors={label: jnp.ones(()) for label, term in parts.terms.items() if term.changeable} or (),
    )
    return state._replace(active=unlocked(parts, state, jnp.zeros((), jnp.int32)))


def _init_losses(parts: ModelParts, params: Params) -> Any:
    losses = parts.stateful_losses
    return {label: loss.init_state(params["losses"][label], params) for label, loss in losses.items()} or ()


def unlocked(parts: ModelParts, state: ModelState, step: Int[Array, ""]) -> Bool[Array, " K"]:
    """Return the channels that no curriculum locks at a step."""
    active = jnp.ones(parts.context.channels, bool)
    for curriculum, own in zip(parts.curricula, state.curriculum, strict=True):
        active &= curriculum.active(own, step)
    return active


def predict(
    parts: ModelParts, state: ModelState, responsibilities: Float[Array, "B K"]
) -> Float[Array, "B Y"]:
    """Return p(y|x); no columns without a classifier."""
    if parts.classifier is None:
        return jnp.zeros((len(responsibilities), 0))
    return parts.classifier.predict(state.classifier, responsibilities)


def tau(parts: ModelParts, state: ModelState) -> Float[Array, "K Y"]:
    """Return the map τ from channels to labels; no columns without a classifier."""
    if parts.classifier is None:
        return jnp.zeros((parts.context.channels, 0))
    return parts.classifier.tau(state.classifier)


def rebuild_classifier(
    parts: ModelParts,
    state: ModelState,
    responsibilities: Float[Array, "L K"],
    labels: Int[Array, " L"],
    new: Bool[Array, " Y"],
) -> ModelState:
    """Rebuild the classifier from labelled examples.

    Args:
        parts: the model's parts.
        state: before.
        responsibilities: q(c|x) of the examples.
        labels: their classes; -1 counts nothing.
        new: classes that claim channels: those that had no label before, and at an unlock those that share one.

    Returns:
        The state with another classifier; unchanged if the classifier cannot be rebuilt.
    """
    if parts.classifier is None or parts.classifier.rebuild is None:
        return state
    classifier = parts.classifier.rebuild(responsibilities, labels, state.usage, state.active, new)
    return state._replace(classifier=classifier)


def loss(
    parts: ModelParts,
    params: Params,
    state: ModelState,
    batch: Batch,
    *,
    step: Int[Array, ""],
    key: Key[Array, ""],
    average: Mapping[str, Params] | tuple[()] = (),
) -> tuple[Float[Array, ""], tuple[LossOutput, ModelState]]:
    """Compute the objective of a batch.

    Args:
        parts: the model's parts.
        params: their parameters.
        state: the model state of this step.
        batch: the data.
        step: steps done before this one.
        key: of this step.
        average: the moving average of the parameters, under what it is for; empty without one.

    Returns:
        The weighted sum of all terms, in nats; every term unweighted, and the model state of the next step.
    """
    batch = augment(parts, batch, key)
    forward_key, *term_keys = jax.random.split(key, len(parts.terms) + 1)
    if parts.curricula:  # without a curriculum no channel is ever locked
        params = freeze_inactive(params, parts.channel_axes, state.active)
    effect = _combined_effect(parts, state, step)
    inputs, next_state = _loss_inputs(
        parts, params, state, batch, effect, step=step, key=forward_key, average=dict(average)
    )
    terms: dict[str, Float[Array, ""]] = {}
    states = dict(state.losses or {})
    for (label, term), term_key in zip(parts.terms.items(), term_keys, strict=True):
        own_inputs = inputs._replace(key=term_key)
        if isinstance(term.value, StatefulLoss):
            values, states[label] = term.value.apply(params["losses"][label], states[label], own_inputs)
        else:
            values = term.value(own_inputs)
        terms[label] = jnp.mean(values)
    weights = _weights(parts, state, effect, step)
    total = jnp.sum(jnp.stack([weights[label] * term for label, term in terms.items()]))
    return total, (LossOutput(total, terms), next_state._replace(losses=jax.lax.stop_gradient(states) or ()))


def weights(parts: ModelParts, state: ModelState, step: Int[Array, ""]) -> dict[str, Float[Array, ""]]:
    """Return the weight of every loss term in a step, by label."""
    return _weights(parts, state, _combined_effect(parts, state, step), step)


def curriculum_effect(
    parts: ModelParts, state: ModelState, step: Int[Array, ""]
) -> dict[str, Float[Array, ""]]:
    """Return what all curricula together change in a step, by name.

    Args:
        parts: the model's parts.
        state: the model state of this step.
        step: steps done before this one.

    Returns:
        The factor of the temperature, whether selection is soft (0 or 1), the largest addition to a channel's logit,
        and the factor of the weights of each role of loss terms.
    """
    effect = _combined_effect(parts, state, step)
    return {
        "temperature": effect.temperature,
        "soft": effect.soft.astype(jnp.float32),
        "logit_bias": effect.logit_bias[jnp.argmax(jnp.abs(effect.logit_bias))],
        **{f"{role}_weight": factor for role, factor in effect.weight_factors._asdict().items()},
    }


def _weights(
    parts: ModelParts, state: ModelState, effect: CurriculumEffect, step: Int[Array, ""]
) -> dict[str, Float[Array, ""]]:
    """Return the weights: the schedules', times the factors of curricula and of callbacks.

    Args:
        parts: the model's parts.
        state: the model state of this step.
        effect: of the curricula.
        step: steps done before this one.
    """
    factors, changed = effect.weight_factors._asdict(), dict(state.weight_factors or {})
    return {
        label: factors[term.role] * changed.get(label, 1.0) * term.weight(step)
        for label, term in parts.terms.items()
    }


def _loss_inputs(
    parts: ModelParts,
    params: Params,
    state: ModelState,
    batch: Batch,
    effect: CurriculumEffect,
    *,
    step: Int[Array, ""],
    key: Key[Array, ""],
    average: Mapping[str, Params],
) -> tuple[LossInputs, ModelState]:
    """Run the forward pass, with both streams through the encoder together.

    Args:
        parts: the model's parts.
        params: their parameters.
        state: the model state of this step.
        batch: the data.
        effect: of the curricula.
        step: steps done before this one.
        key: of the pass.
        average: as of `loss`.

    Returns:
        Everything that loss terms may read, and the model state of the next step.
    """
    size, active = len(batch.x), state.active
    both = batch.x if batch.labelled_x is None else jnp.concatenate([batch.x, batch.labelled_x])
    encoded, log_q = infer(parts, params, both, active, effect.logit_bias)
    unlabelled, rest = (
        EncoderOutput(*(field[rows] for field in encoded)) for rows in (slice(size), slice(size, None))
    )
    context = RoutingContext(active, step, None, effect.temperature, effect.soft)
    forward = forward_from_encoder(
        parts, params, batch.x, unlabelled, log_q[:size], context=context, key=key, routing_noise=True
    )
    labelled, classifier = None, state.classifier
    if batch.labels is not None:
        # τ as it is before this step's labels: a label must not vote on its own prediction.
        labelled = LabelledBatch(rest, log_q[size:], batch.labels, tau(parts, state), batch.labelled_x)
    if parts.classifier is not None and labelled is not None:
        log_counted = labelled.log_responsibilities
        if "predictions" in average and batch.labelled_x is not None:  # τ is of the parameters that predict
            log_counted = infer(parts, average["predictions"], batch.labelled_x, active, effect.logit_bias)[1]
        # The classifier counts; the encoder learns from labels only through the loss terms.
        responsibilities = jax.lax.stop_gradient(jnp.exp(log_counted))
        classifier = parts.classifier.update(classifier, responsibilities, labelled.labels)
    teacher = next(iter(average.values()), None)
    mean = jnp.mean(forward.responsibilities, axis=0)
    usage = parts.usage_decay * state.usage + (1 - parts.usage_decay) * jax.lax.stop_gradient(mean)
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
        infer=lambda x: infer(parts, params, x, active, effect.logit_bias)[1],
        sample=lambda key, count: prior_latents(parts, params, key, count),
        previous_usage=state.usage,
        usage_decay=parts.usage_decay,
        teacher=None
        if teacher is None
        else lambda x: jax.lax.stop_gradient(infer(parts, teacher, x, active, effect.logit_bias)[1]),
        reconstruct=_make_reconstruct(parts, params, context, effect),
    )
    return inputs, state._replace(classifier=classifier, usage=usage)


def _make_reconstruct(
    parts: ModelParts, params: Params, context: RoutingContext, effect: CurriculumEffect
) -> Callable[..., Float[Array, " n"]]:
    """Return `LossInputs.reconstruct`.

    Args:
        parts: the model's parts.
        params: their parameters.
        context: of the routing.
        effect: of the curricula.
    """

    def reconstruct(
        x: Float[Array, "n *x"],
        log_q: Float[Array, "n K"],
        key: Key[Array, ""],
        encoder_output: EncoderOutput | None = None,
    ) -> Float[Array, " n"]:
        if encoder_output is None:
            encoder_output = infer(parts, params, x, context.active, effect.logit_bias)[0]
        forward = forward_from_encoder(
            parts, params, x, encoder_output, log_q, context=context, key=key, routing_noise=True
        )
        return (forward.selection.weights * forward.nll).sum(axis=1)

    return reconstruct


def schedules_finished(parts: ModelParts, state: ModelState, step: Int[Array, ""]) -> Bool[Array, ""]:
    """Return whether weights, the effect of curricula and the active channels have reached their last values.

    Each is compared with its value at the last step of the run, and may differ from it by 1 %, so that a weight that
    approaches its end asymptotically counts as finished too.

    Args:
        parts: the model's parts.
        state: the model state of this step.
        step: steps done.
    """
    last = jnp.asarray(parts.context.epochs * parts.context.steps_per_epoch, jnp.int32)

    def values_at(step: Int[Array, ""]) -> Any:
        weights = [jnp.asarray(term.weight(step), jnp.float32) for term in parts.terms.values()]
        return weights, _combined_effect(parts, state, step), unlocked(parts, state, step)

    def is_near(current: Array, final: Array) -> Array:
        current, final = current.astype(jnp.float32), final.astype(jnp.float32)
        return jnp.all(jnp.abs(current - final) <= 0.01 * jnp.maximum(jnp.abs(current), jnp.abs(final)))

    return jnp.all(jnp.stack(jax.tree.leaves(jax.tree.map(is_near, values_at(step), values_at(last)))))


def _combined_effect(parts: ModelParts, state: ModelState, step: Int[Array, ""]) -> CurriculumEffect:
    """Combine all curricula: biases add, factors multiply, and routing is soft if any of them asks for it.

    Returns:
        The effect of all curricula together.
    """
    one = jnp.ones(())
    combined = CurriculumEffect(
        jnp.zeros(parts.context.channels), one, jnp.zeros((), bool), LossWeightFactors(one, one, one, one)
    )
    for curriculum, own in zip(parts.curricula, state.curriculum, strict=True):
        effect = curriculum.effect(own, step)
        combined = CurriculumEffect(
            logit_bias=combined.logit_bias + effect.logit_bias,
            temperature=combined.temperature * effect.temperature,
            soft=combined.soft | effect.soft,
            weight_factors=LossWeightFactors(
                *(a * b for a, b in zip(combined.weight_factors, effect.weight_factors, strict=True))
            ),
        )
    return combined
