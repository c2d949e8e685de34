"""Loads the latest or the best checkpoint of a seed, to resume training from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from rcmvae_core.errors import Diagnostic, RunError, fail
from rcmvae_core.training.checkpoints import files as checkpoint_files
from rcmvae_core.training.checkpoints.compatibility import changed_facts, check_arrays, check_facts
from rcmvae_core.training.checkpoints.errors import CorruptCheckpointError
from rcmvae_core.training.checkpoints.record import Record, stray_warnings
from rcmvae_core.training.checkpoints.state_arrays import (
    describe_arrays,
    leaves_by_path,
    named_arrays,
    restore_state,
)
from rcmvae_core.training.checkpoints.upgrade import NO_UPGRADE, ArrayUpgrade
from rcmvae_core.training.progress import LoopState
from rcmvae_core.training.state import TrainState

Warn = Callable[[Diagnostic], None]


def load_latest(
    folder: Path,
    template: TrainState,
    facts: Mapping[str, Any],
    *,
    steps_per_epoch: int,
    warn: Warn,
    upgrade: ArrayUpgrade = NO_UPGRADE,
    allow_edited: bool = False,
) -> tuple[TrainState, LoopState] | None:
    """Load the latest readable checkpoint of a seed, and delete corrupt ones that are later.

    Args:
        folder: of the seed.
        template: a state of the same shapes, such as an initial one.
        facts: what the numbers of this run depend on: spec, data, versions, devices.
        steps_per_epoch: gives the epoch of a checkpoint of format 1, which does not record it.
        warn: called with a warning for every corrupt checkpoint, and for other versions or devices.
        upgrade: carries arrays over from other versions of plugins.
        allow_edited: warn of a changed spec, instead of raising.

    Returns:
        The state and its loop state; None if the seed has no checkpoint.

    Raises:
        RunError: E412 if a checkpoint is of another model, another spec, other data or a newer format;
            E413 if all are corrupt.
    """
    if checkpoint_files.is_format_1(folder):
        return _load_format_1(folder, template, steps_per_epoch)
    expected = describe_arrays(leaves_by_path(template))
    for diagnostic in stray_warnings(folder):
        warn(diagnostic)
    corrupt: dict[int, str] = {}
    for record in checkpoint_files.records(folder):
        path = checkpoint_files.checkpoint_path(folder, record.step)
        try:
            checkpoint_files.check_format(folder, record)
            check_facts(path, record.facts, facts, edited=warn if allow_edited else None)
            if not upgrade.parts:  # quicker than to read them first
                check_arrays(path, record.arrays, expected)
            arrays = upgrade(checkpoint_files.read(folder, record), record.facts)
            check_arrays(path, describe_arrays(arrays), expected)
        except CorruptCheckpointError as error:
            corrupt[record.step] = str(error)
            continue
        _warn(corrupt.values(), record, facts, warn)
        for step in corrupt:  # they would be taken for later than the checkpoints that follow
            checkpoint_files.remove(folder, step)
        return restore_state(arrays, template), LoopState(**record.journal)
    if corrupt:
        help_ = [f"delete `{folder}` to train this seed from its beginning"]
        raise RunError(
            Diagnostic("E413", f"every checkpoint is corrupt: {reason}", help=help_)
            for reason in corrupt.values()
        )
    return None


def load_best(
    folder: Path, template: TrainState, step: int, upgrade: ArrayUpgrade = NO_UPGRADE
) -> TrainState:
    """Load the state of the best evaluation.

    Args:
        folder: of the seed.
        template: a state of the same shapes.
        step: of the checkpoint.
        upgrade: carries arrays over from other versions of plugins.

    Returns:
        The state.

    Raises:
        RunError: E413 if the checkpoint is missing or corrupt.
    """
    reason = "it is missing"
    record = next((r for r in checkpoint_files.records(folder) if r.step == step), None)
    try:
        if record is not None:
            return restore_state(upgrade(checkpoint_files.read(folder, record), record.facts), template)
    except CorruptCheckpointError as error:
        reason = str(error)
    help_ = [f"delete `{folder}` to train this seed from its beginning"]
    fail("E413", f"the best state, of step {step}, cannot be read: {reason}", help=help_, error=RunError)


def _warn(corrupt: Iterable[str], record: Record, facts: Mapping[str, Any], warn: Warn) -> None:
    """Report corrupt checkpoints, and versions or devices that differ.

    Args:
        corrupt: what is wrong with each corrupt checkpoint.
        record: of the checkpoint that is used.
        facts: of this run.
        warn: called with every warning.
    """
    for reason in corrupt:
        message = f"a checkpoint is corrupt: {reason}; using the one of step {record.step}"
        warn(Diagnostic("W411", message))
    for name, before, after in changed_facts(record.facts, facts):
        warn(
            Diagnostic("W412", f"{name} was {before} and is {after}: results may differ in their last digits")
        )


def _load_format_1(folder: Path, template: TrainState, steps_per_epoch: int) -> tuple[TrainState, LoopState]:
    """Load a checkpoint of format 1, which was written at the end of training.

    Args:
        folder: of the seed.
        template: a state of the same shapes.
        steps_per_epoch: gives the epoch.

    Returns:
        The state, and a loop state that knows the epoch only.
    """
    from rcmvae_core.training.checkpoints import orbax_formats  # noqa: PLC0415 - slow, and rarely needed

    initial = named_arrays(template)
    try:
        arrays = orbax_formats.read_format_1(folder, initial)
    except CorruptCheckpointError as error:
        help_ = [f"delete `{folder}` to train this seed again"]
        fail("E413", f"the checkpoint is corrupt: {error}", help=help_, error=RunError)
    check_arrays(folder, describe_arrays(arrays), describe_arrays(initial))
    step = int(arrays["step"])
    seed = int(folder.name.removeprefix("seed-"))
    return restore_state(arrays, template), LoopState(seed, epoch=step // steps_per_epoch)
