"""Channels that are unlocked stage by stage."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from rcmvae_core.protocols import Context, Curriculum, Influence, Progress
from rcmvae_plugins.curricula.neutral import factors, influence
from rcmvae_plugins.curricula.params import ChannelsParams


class Stage(NamedTuple):
    """Where a curriculum that watches for plateaus stands.

    Args:
        number: of the stage, from 0.
        since: the step at which it began.
        best: the lowest validation reconstruction of this stage.
        waited: evaluations since then that were no better.
        rest: evaluations that still do not count.
    """

    number: Int[Array, ""]
    since: Int[Array, ""]
    best: Float[Array, ""]
    waited: Int[Array, ""]
    rest: Int[Array, ""]


def channels(params: ChannelsParams, context: Context) -> Curriculum:
    """Unlock the first active[i] channels in stage i; the next stage begins by epoch, or on a plateau.

    A plateau is `patience` evaluations in a row whose validation reconstruction is not lower than the best of
    the stage by more than `min_delta`; `cooldown` evaluations after an unlock do not count. For `boost` steps
    after an unlock, not after the start, the KL terms and the temperature get their factors, the selection is
    soft if asked, and the new channels' logits get their bias.

    Args:
        params: stages, when they begin, and the helps.
        context: channels K, steps in an epoch.

    Returns:
        A Curriculum whose state is a `Stage`; by epoch only its first two fields ever matter.

    Raises:
        ValueError: if more channels are to be unlocked than there are.
    """
    if params.active[-1] > context.channels:
        raise ValueError(f"active reaches {params.active[-1]}, but `latent.channels` is {context.channels}")
    counts = jnp.asarray(params.active, jnp.int32)
    before = jnp.concatenate([counts[:1], counts[:-1]])
    starts = None
    if params.at_epoch is not None:
        starts = jnp.asarray(params.at_epoch, jnp.int32) * context.steps_per_epoch
    length = params.boost.steps(context.steps_per_epoch)
    order = jnp.arange(context.channels)

    def stage(state: Stage, step: Int[Array, ""]) -> tuple[Int[Array, ""], Int[Array, ""]]:
        """The stage's number, and the step at which it began."""
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

    def at(state: Stage, step: Int[Array, ""]) -> Influence:
        number, since = stage(state, step)
        boosted = (number > 0) & (step - since < length)
        fresh = (order >= before[number]) & (order < counts[number])
        kl = jnp.where(boosted, params.kl_boost, 1.0)
        return influence(
            context.channels,
            logit_bias=jnp.where(boosted & fresh, params.logit_bias, 0.0),
            temperature=jnp.where(boosted, params.temperature_boost, 1.0),
            soft=boosted & params.soft,
            factors=factors(kl_latent=kl, kl_channel=kl),
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
