"""Builds a curriculum that unlocks channels in stages."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from rcmvae_core.plugin.protocols import BuildContext, Curriculum, CurriculumEffect, Progress
from rcmvae_plugins.curricula._neutral import effect, factors
from rcmvae_plugins.curricula.params import ChannelsParams


class Stage(NamedTuple):
    """The current stage, and the plateau detection within it.

    Args:
        number: of the stage, from 0.
        since: the step at which the stage began.
        best: the lowest validation reconstruction in this stage.
        waited: the number of evaluations since then without an improvement.
        rest: the number of further evaluations to ignore.
    """

    number: Int[Array, ""]
    since: Int[Array, ""]
    best: Float[Array, ""]
    waited: Int[Array, ""]
    rest: Int[Array, ""]


def channels(params: ChannelsParams, context: BuildContext) -> Curriculum:
    """Unlock the first active[i] channels in stage i; stages begin at given epochs or on a plateau.

    A plateau consists of `patience` evaluations in a row whose validation reconstruction is not lower than the best
    of the stage by more than `min_delta`; the first `cooldown` evaluations after an unlock are ignored. During the
    boost after an unlock (there is none at the start), the factors apply to the KL terms and the temperature,
    selection is soft if `soft` is set, and the bias is added to the logits of the new channels.

    Args:
        params: the stages, their beginnings, and the boost.
        context: channels K, steps per epoch.

    Returns:
        A Curriculum whose state is a `Stage`. With `at_epoch` the stage follows from the step, and the state is
        unused.

    Raises:
        ValueError: if `active` exceeds the number of channels.
    """
    if params.active[-1] > context.channels:
        raise ValueError(f"`active` reaches {params.active[-1]}, but `latent.channels` is {context.channels}")
    counts = jnp.asarray(params.active, jnp.int32)
    before = jnp.concatenate([counts[:1], counts[:-1]])
    starts = None
    if params.at_epoch is not None:
        starts = jnp.asarray(params.at_epoch, jnp.int32) * context.steps_per_epoch
    length = params.boost.steps_in(context)
    order = jnp.arange(context.channels)

    def stage(state: Stage, step: Int[Array, ""]) -> tuple[Int[Array, ""], Int[Array, ""]]:
        """Return the number of the stage and the step at which it began."""
        if starts is None:
            return state.number, state.since
        number = jnp.sum(step >= starts) - 1
        return number, starts[number]

    def init() -> Stage:
        zero = jnp.zeros((), jnp.int32)
        return Stage(zero, zero, jnp.float32(jnp.inf), zero, zero)

    def active(state: Stage, step: Int[Array, ""]) -> Bool[Array, " K"]:
        number, _ = stage(state, step)
        return order < counts[number]

    def at(state: Stage, step: Int[Array, ""]) -> CurriculumEffect:
        number, since = stage(state, step)
        boosted = (number > 0) & (step - since < length)
        unlocked_now = (order >= before[number]) & (order < counts[number])
        kl = jnp.where(boosted, params.kl_boost, 1.0)
        return effect(
            context.channels,
            logit_bias=jnp.where(boosted & unlocked_now, params.logit_bias, 0.0),
            temperature=jnp.where(boosted, params.temperature_boost, 1.0),
            soft=boosted & params.soft,
            weight_factors=factors(kl_latent=kl, kl_channel=kl),
        )

    def advance(state: Stage, progress: Progress) -> Stage:
        if starts is not None:
            return state
        better = progress.reconstruction < state.best - params.min_delta
        waited = jnp.where(better | (state.rest > 0), 0, state.waited + 1)
        best = jnp.where(better, progress.reconstruction, state.best)
        watching = Stage(state.number, state.since, best, waited, jnp.maximum(state.rest - 1, 0))
        unlocks = (waited >= params.patience) & (state.number < len(params.active) - 1)
        following = Stage(
            number=state.number + 1,
            since=progress.step,
            best=jnp.float32(jnp.inf),
            waited=jnp.zeros((), jnp.int32),
            rest=jnp.full((), params.cooldown, jnp.int32),
        )
        return Stage(*(jnp.where(unlocks, new, old) for new, old in zip(following, watching, strict=True)))

    return Curriculum(init, active, at, advance, params.split)
