"""Restores the state that a run selected as a seed's result, without what only training needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import jax
import jax.numpy as jnp
import numpy as np

from rcmvae_core.errors import Diagnostic, RunError, fail, quoted
from rcmvae_core.inference.model_info import ModelInfo
from rcmvae_core.model.model import Model
from rcmvae_core.training.checkpoints import files as checkpoint_files
from rcmvae_core.training.checkpoints.average_arrays import predicting
from rcmvae_core.training.checkpoints.compatibility import check_arrays
from rcmvae_core.training.checkpoints.errors import CorruptCheckpointError
from rcmvae_core.training.checkpoints.record import Record, stray_warnings
from rcmvae_core.training.checkpoints.state_arrays import (
    Descriptions,
    describe_arrays,
    leaves_by_path,
    restore_state,
)
from rcmvae_core.training.checkpoints.upgrade import NO_UPGRADE, ArrayUpgrade
from rcmvae_core.training.state import TrainState, empty_accumulator

Warn = Callable[[Diagnostic], None]
_INIT_SAMPLE = 4096
_OF_MODEL, _OF_LOSSES = ("params/", "carry/classifier"), "params/losses/"
"""What the names of arrays that belong to the model begin with, and of those that only training needs."""


def blank_state(model: Model, info: ModelInfo) -> TrainState:
    """Return the shapes of a state, without an optimizer and without the metrics of an epoch.

    Args:
        model: the model.
        info: its sizes.

    Returns:
        A state whose parameters are `jax.ShapeDtypeStruct`s.
    """
    examples = min(_INIT_SAMPLE, info.context.examples)
    inputs = jax.ShapeDtypeStruct((examples, *info.context.input_shape), jnp.float32)
    params = jax.eval_shape(model.init, jax.eval_shape(lambda: jax.random.key(0)), inputs)
    # Shapes only, because nothing says yet that the sizes are those of a checkpoint.
    carry = jax.eval_shape(model.init_state)
    step = jnp.zeros((), jnp.int32)
    return TrainState(params, None, carry, empty_accumulator(()), step, jax.random.key(0))


def checkpoint_folder(run: Path, seed: int) -> Path:
    """Return the folder with the checkpoints of a run's seed."""
    return run / "checkpoints" / f"seed-{seed}"


def has_checkpoint(folder: Path) -> bool:
    """Return whether a seed has a checkpoint."""
    return checkpoint_files.is_format_1(folder) or any(checkpoint_files.records(folder))


def read_state(
    folder: Path,
    *,
    template: TrainState,
    select: str,
    warn: Warn,
    upgrade: ArrayUpgrade = NO_UPGRADE,
    verify: Callable[[Record], None] = lambda _: None,
) -> TrainState:
    """Read the result of a seed.

    Args:
        folder: the folder with its checkpoints.
        template: what `blank_state` returned.
        select: `train.select`, `best` or `last`.
        warn: called with a diagnostic for every corrupt checkpoint.
        upgrade: carries arrays over from other versions of plugins.
        verify: called with the record of a checkpoint before its arrays are read.

    Returns:
        The state of the selected checkpoint; if that is corrupt, of the latest that is not.

    Raises:
        RunError: E412 if a checkpoint is of another model or a newer format, E413 if all are corrupt.
    """
    if checkpoint_files.is_format_1(folder):
        return _read_format_1(folder, template)
    for diagnostic in stray_warnings(folder):
        warn(diagnostic)
    corrupt: list[str] = []
    for record in _preferred(list(checkpoint_files.records(folder)), select, corrupt):
        path = checkpoint_files.checkpoint_path(folder, record.step)
        try:
            checkpoint_files.check_format(folder, record)
            verify(record)
            if not upgrade.parts:  # before they are read, because they may be larger than the memory
                _select_arrays(path, predicting(record.arrays), template)
            arrays = upgrade(checkpoint_files.read(folder, record), record.facts)
        except CorruptCheckpointError as error:
            corrupt.append(str(error))
            continue
        for reason in corrupt:
            message = f"a checkpoint is corrupt: {reason}; using the one of step {record.step}"
            warn(Diagnostic("W411", message))
        return state_from_arrays(path, arrays, template)
    _fail_all_corrupt(folder, corrupt[0] if corrupt else "there is none")


def _read_format_1(folder: Path, template: TrainState) -> TrainState:
    from rcmvae_core.training.checkpoints import orbax_formats  # noqa: PLC0415 - slow, and rarely needed

    try:
        return state_from_arrays(folder, orbax_formats.read_format_1(folder, {}), template)
    except CorruptCheckpointError as error:
        _fail_all_corrupt(folder, str(error))


def _preferred(records: list[Record], select: str, corrupt: list[str]) -> list[Record]:
    """Sort records by preference.

    Args:
        records: of all checkpoints, latest first.
        select: `train.select`.
        corrupt: gets a message if the best checkpoint is missing.

    Returns:
        The run's result first, then the others, latest first.
    """
    readable = [record for record in records if record.format]
    best = readable[0].journal.get("best_step") if readable and select == "best" else None
    if best is not None and all(record.step != best for record in records):
        corrupt.append(f"the best one, of step {best}, is missing")
    return sorted(records, key=lambda record: (record.step != best, -record.step))


def _fail_all_corrupt(folder: Path, reason: str) -> NoReturn:
    help_ = [f"delete `{folder}` and train this seed again: rcmvae resume"]
    fail("E413", f"every checkpoint is corrupt: {reason}", help=help_, error=RunError)


def state_from_arrays(path: Path, arrays: Mapping[str, Any], template: TrainState) -> TrainState:
    """Build a state from arrays, ignoring those that only training needs: not those of parameters or the classifier.

    If there is an average of the parameters to predict with, it takes their place.

    Args:
        path: where the arrays come from, for the message.
        arrays: by path in the state, such as `params/encoder/logits/bias`.
        template: what `blank_state` returned.

    Returns:
        The state.

    Raises:
        RunError: E412 if arrays are missing, have another type or shape, or are of no part of the model.
        RcmvaeError: E442 if weights are not finite.
    """
    arrays = predicting(arrays)
    names = _select_arrays(path, describe_arrays(arrays), template)
    expected = describe_arrays(leaves_by_path(template))
    needed = {
        name: arrays[name] if name in names else np.zeros(shape, dtype)
        for name, (dtype, shape) in expected.items()
    }
    _check_finite(path, needed)
    return restore_state(needed, template)


def _select_arrays(path: Path, descriptions: Descriptions, template: TrainState) -> set[str]:
    """Return the names of the arrays that the model needs.

    Args:
        path: where the arrays come from, for the message.
        descriptions: of all arrays.
        template: what `blank_state` returned.

    Raises:
        RunError: E412 as `state_from_arrays`.
    """
    expected = describe_arrays(leaves_by_path(template))
    # Format 1 did not save arrays without elements: their shape is all that is needed to restore them.
    empty = {name: description for name, description in expected.items() if 0 in description[1]}
    used = {
        name: [dtype, list(shape)]
        for name, (dtype, shape) in descriptions.items()
        if name in expected or _is_of_model(name)
    }
    check_arrays(path, empty | used, expected)
    return set(used)


def _check_finite(path: Path, arrays: Mapping[str, Any]) -> None:
    """Check the parameters and the classifier.

    Raises:
        RcmvaeError: E442 if one is not finite.
    """
    names = [
        name
        for name, array in arrays.items()
        if _is_of_model(name) and jnp.issubdtype(array.dtype, jnp.floating) and not np.isfinite(array).all()
    ]
    if names:
        message = f"`{path}` has weights that are not finite: {quoted(names[:3])}"
        fail("E442", message, help=["restore the file, or train the model again"])


def _is_of_model(name: str) -> bool:
    return name.startswith(_OF_MODEL) and not name.startswith(_OF_LOSSES)
