"""Trains models without a run directory."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import attrs
import jax
import jax.numpy as jnp

from rcmvae_core.experiment.events import Event, ignore_event
from rcmvae_core.inference.calibration_labels import compute_calibration_labels
from rcmvae_core.inference.model_info import build_info
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.inference.training_reference import compute_reference
from rcmvae_core.training.checkpoints.manager import CheckpointManager
from rcmvae_core.training.compiled import Programs, compile_programs
from rcmvae_core.training.data_warnings import data_warnings
from rcmvae_core.training.events import WarningRaised
from rcmvae_core.training.loop import train
from rcmvae_core.training.progress import LoopState
from rcmvae_core.training.seed_run import SeedJob, Trained
from rcmvae_core.training.setup import Prepared
from rcmvae_core.training.state import TrainState


def train_in_memory(prepared: Prepared, listen: Callable[[Event], None]) -> TrainedModel:
    """Train every seed, and return the model without writing anything.

    Returns:
        The model, an ensemble of the seeds.
    """
    seeds = prepared.resolved.seeds
    for warning in data_warnings(prepared):
        listen(WarningRaised(seeds[0], warning))
    programs = compile_programs(prepared)
    states = tuple(train_seed(prepared, programs, seed, listen=listen).state for seed in seeds)
    trained = TrainedModel(prepared.resolved, prepared.model, states, seeds, build_info(prepared))
    has_calibrator = bool(prepared.resolved.parts.get("calibrator"))
    labelled = compute_calibration_labels(trained.forward_stats, prepared) if has_calibrator else None
    return attrs.evolve(
        trained, training=compute_reference(trained.forward_stats, prepared), labelled=labelled
    )


def train_seed(
    prepared: Prepared,
    programs: Programs,
    seed: int,
    *,
    state: TrainState | None = None,
    listen: Callable[[Event], None] = ignore_event,
) -> Trained:
    """Train one seed without writing anything.

    Args:
        prepared: data, model and optimizer.
        programs: the compiled functions.
        seed: the only source of randomness.
        state: a state to continue from, at the end of an epoch; None starts from random parameters.
        listen: called with every event.

    Returns:
        The result, with the best state if the spec selects it.

    Raises:
        RunError: E401 when a loss is not finite.
    """
    job = SeedJob(seed, None if state is None else (state, LoopState(seed)))
    if prepared.resolved.train.select == "best":
        best = _BestState()
        job = job._replace(checkpoints=cast("CheckpointManager", best), load_best=best.load)
    (trained,) = train(prepared, programs, [job], listen)
    return trained


class _BestState:
    """Takes the place of a `CheckpointManager`, and keeps the best state in memory."""

    def __init__(self) -> None:
        self._state: TrainState | None = None

    def is_due(self) -> bool:
        """Return that no checkpoint is due."""
        return False

    def save(self, state: TrainState, loop_state: LoopState, *, wait: bool = False) -> None:
        """Do nothing."""

    def keep_in_memory(self, state: TrainState, loop_state: LoopState) -> None:
        """Keep a copy of the best state, because the next step donates the memory of the original."""
        del loop_state
        self._state = jax.tree.map(jnp.copy, state)

    def load(self, step: int) -> TrainState:
        """Return the best state."""
        del step
        return cast("TrainState", self._state)
