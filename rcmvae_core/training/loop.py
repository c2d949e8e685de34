"""Training from a seed: epochs, evaluation, and what happened, told to a listener."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Int

from rcmvae_core.diagnostics import Diagnostics
from rcmvae_core.errors import Diagnostic, RunError
from rcmvae_core.training.channels import Unlocking, make_unlocking, worst_channel
from rcmvae_core.training.epoch import Arrays, Epoch, make_epoch
from rcmvae_core.training.evaluate import Held, bundle, make_describe, metrics
from rcmvae_core.training.prepare import Prepared, init_sample, to_device
from rcmvae_core.training.state import TrainState, make_create

_EVALUATION_BATCH = 256


class Programs(NamedTuple):
    """What is compiled once and serves every seed; there is no unlocking without a curriculum."""

    create: Callable[[jax.Array, jax.Array], TrainState]
    epoch: Epoch
    describe: Callable[[TrainState, Arrays, jax.Array], Held]
    unlocking: Unlocking | None
    data: Arrays


class Row(NamedTuple):
    """One epoch's metrics, by name, such as `train/total` and `validation/accuracy`."""

    seed: int
    epoch: int
    step: int
    metrics: dict[str, float]


class Trained(NamedTuple):
    """A trained state and what it says about held-out data."""

    seed: int
    state: TrainState
    validation: dict[str, float]
    test: dict[str, float]
    diagnostics: Diagnostics
    seconds: float


def compile_programs(prepared: Prepared) -> Programs:
    """Make the jitted functions of a run; each compiles on its first call."""
    train, context = prepared.resolved.train, prepared.context
    epoch = make_epoch(
        prepared.model,
        prepared.optimizer,
        steps=context.steps_per_epoch,
        batch_size=train.batch_size,
        labelled_batch_size=train.labelled_batch_size if context.labelled else 0,
    )
    create = make_create(prepared.model, prepared.optimizer)
    unlocking = make_unlocking(prepared.model, prepared.optimizer)
    marginal = "prior.marginal" in prepared.resolved.tokens
    describe = make_describe(prepared.model, marginal=marginal, batch_size=_EVALUATION_BATCH)
    return Programs(create, epoch, describe, unlocking, to_device(prepared.dataset, prepared.split))


def train(prepared: Prepared, programs: Programs, seed: int, on_epoch: Callable[[Row], None]) -> Trained:
    """Train one seed to the end.

    Args:
        prepared: data, model and optimizer.
        programs: the compiled functions, shared by all seeds.
        seed: the only source of randomness.
        on_epoch: called after each epoch.

    Raises:
        RunError: E401 when a loss is not finite.
    """
    start = time.perf_counter()
    state = programs.create(jax.random.key(seed), init_sample(prepared.dataset, prepared.split))
    for epoch in range(1, prepared.resolved.train.epochs + 1):
        state, row = _epoch(prepared, programs, seed, epoch, state)
        on_epoch(row)
    validation, _ = _judge(prepared, programs, state, prepared.split.validation)
    test, held = _judge(prepared, programs, state, prepared.split.test)
    indices, dataset = prepared.split.test, prepared.dataset
    diagnostics = bundle(
        prepared.model,
        state,
        programs.data,
        held=held,
        indices=indices,
        labels=dataset.labels[indices],
        names=dataset.class_names,
    )
    return Trained(seed, state, validation, test, diagnostics, time.perf_counter() - start)


def _epoch(
    prepared: Prepared, programs: Programs, seed: int, epoch: int, state: TrainState
) -> tuple[TrainState, Row]:
    train = prepared.resolved.train
    state, terms = programs.epoch(state, programs.data)
    values = {f"train/{name}": float(value) for name, value in jax.device_get(terms).items()}
    _check_finite(values, seed, epoch)
    held = None
    if epoch % train.evaluate_every == 0 or epoch == train.epochs:
        found, held = _judge(prepared, programs, state, prepared.split.validation)
        values |= {f"validation/{name}": value for name, value in found.items()}
    if programs.unlocking is not None:
        values["curriculum/active_channels"] = float(jnp.sum(state.carry.active))
        state = _unlock(prepared, programs, programs.unlocking, state, held)
    return state, Row(seed, epoch, int(state.step), values)


def _unlock(
    prepared: Prepared, programs: Programs, unlocking: Unlocking, state: TrainState, held: Held | None
) -> TrainState:
    """Tell the curricula how the evaluation went, if there was one, and unlock channels for the next epoch."""
    if held is not None:
        state = unlocking.advance(state, jnp.mean(held.negative_log_likelihood))
    worst = np.int32(0)
    if unlocking.looks:
        if held is None:
            _, held = _judge(prepared, programs, state, prepared.split.validation)
        worst = worst_channel(np.asarray(held.responsibilities), np.asarray(held.negative_log_likelihood))
    return unlocking.unlock(state, jnp.asarray(worst))


def _judge(
    prepared: Prepared, programs: Programs, state: TrainState, indices: Int[np.ndarray, " n"]
) -> tuple[dict[str, float], Held]:
    held = programs.describe(state, programs.data, jnp.asarray(indices, jnp.int32))
    return metrics(held, prepared.dataset.labels[indices]), held


def _check_finite(values: dict[str, float], seed: int, epoch: int) -> None:
    bad = [name for name, value in values.items() if not math.isfinite(value)]
    if bad:
        named = ", ".join(f"`{name.removeprefix('train/')}`" for name in bad)
        help_ = [
            "a smaller `train.optimizer` learning rate, or `clip_norm = 1.0`, usually helps",
            'so does a warm-up of the weights: weight.linear = { start = 0.0, end = 1.0, over = "5 epochs" }',
        ]
        raise RunError(
            [
                Diagnostic(
                    "E401",
                    f"in epoch {epoch} of seed {seed}, {named} {'are' if len(bad) > 1 else 'is'} not finite",
                    help=help_,
                )
            ]
        )
