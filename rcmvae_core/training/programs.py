"""The compiled programs of a run: made once, for all its seeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Bool, Int

from rcmvae_core.model import Carry
from rcmvae_core.training.channels import Unlocking, make_unlocking
from rcmvae_core.training.epoch import Epoch, make_epoch
from rcmvae_core.training.evaluate import Held, Pictures, make_describe, make_picture, metrics
from rcmvae_core.training.feed import Data, DeviceFeed, Feed, StreamFeed, visible
from rcmvae_core.training.placement import Placement, everywhere
from rcmvae_core.training.prepare import Prepared, init_sample
from rcmvae_core.training.state import QUICKLY, TrainState, make_create

_LABELS = 4096
"""Labelled examples that a classifier is rebuilt from at most."""


class Programs(NamedTuple):
    """What is compiled once and serves every seed; there is no unlocking without a curriculum."""

    create: Callable[[jax.Array, jax.Array], TrainState]
    relabel: Callable[..., Carry]
    epoch: Epoch
    picture: Callable[[TrainState, jax.Array], Pictures]
    rested: Callable[[TrainState], Bool[Array, ""]]
    unlocking: Unlocking | None
    placement: Placement
    feed: Feed


def compile_programs(prepared: Prepared, placement: Placement | None = None) -> Programs:
    """Make the jitted functions of a run; each compiles on its first call.

    Args:
        prepared: data, model and optimizer.
        placement: the devices; all of them if it is absent.
    """
    train, context, model = prepared.resolved.train, prepared.context, prepared.model
    placement = placement or everywhere()
    labelled = train.labelled_batch_size if context.labelled else 0
    epoch = make_epoch(
        model,
        prepared.optimizer,
        steps=context.steps_per_epoch,
        batch_size=train.batch_size,
        labelled_batch_size=labelled,
        placement=placement,
    )
    describe = make_describe(model, marginal="prior.marginal" in prepared.resolved.tokens)
    data = Data(
        dataset=prepared.dataset,
        split=prepared.split,
        labels=visible(prepared.dataset, prepared.split),
        placement=placement,
        epoch=epoch,
        describe=describe,
        steps=context.steps_per_epoch,
    )
    return Programs(
        create=make_create(model, prepared.optimizer),
        relabel=jax.jit(model.relabel, compiler_options=QUICKLY),
        epoch=epoch,
        picture=make_picture(model),
        rested=jax.jit(lambda state: model.settled(state.carry, state.step)),
        unlocking=make_unlocking(model, prepared.optimizer),
        placement=placement,
        feed=DeviceFeed(data) if train.inputs == "device" else StreamFeed(data, train.batch_size, labelled),
    )


def fresh(prepared: Prepared, programs: Programs, seed: int) -> TrainState:
    """The state before the first step."""
    sample = init_sample(prepared.dataset, prepared.split)
    return programs.placement.replicate(programs.create(jax.random.key(seed), sample))


def begin(prepared: Prepared, programs: Programs, seed: int) -> TrainState:
    """The state that training begins with: a fresh one that has seen the labels."""
    new = np.ones(prepared.context.classes, bool)
    return relabel(prepared, programs, fresh(prepared, programs, seed), new)


def relabel(
    prepared: Prepared, programs: Programs, state: TrainState, new: Bool[np.ndarray, " Y"]
) -> TrainState:
    """The state with its classifier rebuilt from the labels that are given; from some of them if they are many."""
    labelled = prepared.split.labelled
    if not len(labelled):
        return state
    some = np.unique(np.linspace(0, len(labelled) - 1, min(_LABELS, len(labelled))).astype(np.int64))
    held = programs.feed.judge(state, labelled[some])
    labels = prepared.split.given[some].astype(np.int32)
    return state._replace(carry=programs.relabel(state.carry, held.responsibilities, labels, new))


def judge(
    prepared: Prepared, programs: Programs, state: TrainState, indices: Int[np.ndarray, " n"]
) -> tuple[dict[str, float], Held]:
    """Metrics of some inputs, and what the model says of each."""
    held = programs.feed.judge(state, indices)
    return metrics(held, prepared.dataset.labels[indices]), held
