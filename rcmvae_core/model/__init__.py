"""A resolved spec's parts joined into one model: pure functions over a dict of parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from jaxtyping import Array, Bool, Float

from rcmvae_core.model import forward, objective
from rcmvae_core.model.forward import LOCKED
from rcmvae_core.model.parts import Batch, Carry, assemble, instantiate
from rcmvae_core.protocols import Context, Curriculum, Forward, Inference, LossOutput, Params
from rcmvae_core.resolve import ResolvedSpec

__all__ = ["LOCKED", "Batch", "Carry", "Model", "build", "instantiate"]


class Model(NamedTuple):
    """The functions of a model; `params` is a dict with an entry for each part.

    Args:
        init: `(key, inputs) -> params`.
        infer: `(params, x, active) -> (Inference, log q(c|x))`.
        forward: `(params, x, *, step, active, key, train) -> Forward`; without a key the latents are the means.
        loss: `(params, carry, batch, *, step, key) -> (total, (LossOutput, Carry))`.
        predict: `(carry, responsibilities) -> p(y|x)`, no columns without a classifier.
        tau: `carry -> [K Y]`, likewise.
        relabel: `(carry, responsibilities [L K], labels [L], new [Y]) -> carry`, its classifier rebuilt from these.
        decode: `(params, latents [B k D]) -> E[x|z, c] [B K *x]`.
        sample: `(params, key, count) -> E[x|z, c] [count K *x]`, z from the prior.
        draw_latents: `(params, key, count) -> [count K D]`, z from each p(z|c).
        mean: E[x] of a `Forward`, over its decoded channels.
        at_bound: `likelihood -> [B M]`, the share of standard deviations that lie on a bound.
        start: the carry before the first step.
        unlocked: `(carry, step) -> [K]`, the channels that the curricula unlock.
        settled: `(carry, step) -> bool`, whether the objective has come to rest.
        terms: the labels of its loss terms.
        context: the sizes it was built with.
        curricula: what is learnt when; their states stand in the carry.
        channel_axes: which axis of an array runs over channels, by its path in `params`.
        learning_rates: factors on the optimizer's learning rate, likewise.
    """

    init: Callable[..., Params]
    infer: Callable[..., tuple[Inference, Float[Array, "B K"]]]
    forward: Callable[..., Forward]
    loss: Callable[..., tuple[Float[Array, ""], tuple[LossOutput, Carry]]]
    predict: Callable[[Carry, Float[Array, "B K"]], Float[Array, "B Y"]]
    tau: Callable[[Carry], Float[Array, "K Y"]]
    relabel: Callable[..., Carry]
    decode: Callable[..., Float[Array, "B K *x"]]
    sample: Callable[..., Float[Array, "B K *x"]]
    draw_latents: Callable[..., Float[Array, "count K D"]]
    mean: Callable[[Forward], Float[Array, "B *x"]]
    at_bound: Callable[..., Float[Array, "B M"]]
    start: Callable[[], Carry]
    unlocked: Callable[..., Bool[Array, " K"]]
    settled: Callable[..., Bool[Array, ""]]
    terms: tuple[str, ...]
    context: Context
    curricula: tuple[Curriculum, ...]
    channel_axes: Mapping[str, int]
    learning_rates: Mapping[str, float]


def build(resolved: ResolvedSpec, context: Context) -> Model:
    """Make the model of a resolved spec.

    Args:
        resolved: the checked spec.
        context: sizes that follow from the spec and its data.

    Raises:
        RcmvaeError: E217 if a part refuses these sizes.
    """
    parts = assemble(resolved, context)
    return Model(
        init=partial(forward.init, parts),
        infer=partial(forward.infer, parts),
        forward=partial(forward.forward, parts),
        loss=partial(objective.loss, parts),
        predict=partial(objective.predict, parts),
        tau=partial(objective.tau, parts),
        relabel=partial(objective.relabel, parts),
        decode=partial(forward.decode, parts),
        sample=partial(forward.sample, parts),
        draw_latents=partial(forward.prior_latents, parts),
        mean=partial(forward.mean, parts),
        at_bound=partial(forward.at_bound, parts),
        start=partial(objective.start, parts),
        unlocked=partial(objective.unlocked, parts),
        settled=partial(objective.settled, parts),
        terms=tuple(parts.terms),
        context=parts.context,
        curricula=parts.curricula,
        channel_axes=parts.channel_axes,
        learning_rates={f"prior/{path}": factor for path, factor in parts.prior.learning_rates.items()},
    )
