"""The state of a seed that its run chose, without what only training needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from rcmvae_core.errors import Diagnostic, RunError
from rcmvae_core.inference.sizes import Sizes
from rcmvae_core.model import Model
from rcmvae_core.training import checkpoints
from rcmvae_core.training.checkpoints import FORMAT, Damaged, Named, Record
from rcmvae_core.training.state import TrainState, blank

Warn = Callable[[Diagnostic], None]
_INIT_SAMPLE = 4096


def blank_state(built: Model, known: Sizes) -> TrainState:
    """A state of the right shapes: without an optimizer and without what an epoch gathers."""
    examples = min(_INIT_SAMPLE, known.context.examples)
    inputs = jax.ShapeDtypeStruct((examples, *known.context.input_shape), jnp.float32)
    params = jax.eval_shape(built.init, jax.eval_shape(lambda: jax.random.key(0)), inputs)
    step = jnp.zeros((), jnp.int32)
    return TrainState(params, None, built.start(), blank(()), step, jax.random.key(0))


def checkpoints_of(run: Path, seed: int) -> Path:
    """Where the checkpoints of a run's seed lie; what writes there is not needed to read."""
    return run / "checkpoints" / f"seed-{seed}"


def has_checkpoint(folder: Path) -> bool:
    """Whether a seed was ever saved."""
    return (folder / "_CHECKPOINT_METADATA").is_file() or any(folder.glob("step-*.json"))


def read_state(folder: Path, *, like: TrainState, select: str, warn: Warn) -> TrainState:
    """The result of a seed.

    Args:
        folder: of its checkpoints.
        like: a state of the right shapes.
        select: `train.select`.
        warn: told of every checkpoint that is damaged.

    Raises:
        RunError: E412 if a checkpoint is of another model or a newer format, E413 if all are damaged.
    """
    if (folder / "_CHECKPOINT_METADATA").is_file():  # format 1 had one, without a record
        try:
            return fitted(folder, checkpoints.read_arrays(folder), like)
        except Damaged as fault:
            raise _all_damaged(folder, str(fault)) from None
    known = list(checkpoints.records(folder))
    damaged: list[str] = []
    for record in _by_choice(known, select, damaged):
        try:
            found = _read(folder, record)
        except Damaged as fault:
            damaged.append(str(fault))
            continue
        for fault in damaged:
            used = f"the one of step {record.step} is used"
            warn(Diagnostic("W411", f"a checkpoint is damaged: {fault}; {used}"))
        return fitted(checkpoints.target(folder, record.step), found, like)
    raise _all_damaged(folder, damaged[0])


def _read(folder: Path, record: Record) -> Named:
    path = checkpoints.target(folder, record.step)
    if record.format == 0:
        raise Damaged(f"`{path}.json` cannot be read")
    if record.format > FORMAT:
        message = f"`{path}` has format {record.format}, and this version knows formats up to {FORMAT}"
        raise RunError([Diagnostic("E412", message, help=["use a newer rcmvae"])])
    return checkpoints.read(folder, record.step, record)


def _by_choice(records: list[Record], select: str, damaged: list[str]) -> list[Record]:
    """The run's result first, and what may stand in for it: latest first."""
    readable = [record for record in records if record.format]
    best = readable[0].journal.get("best_step") if readable and select == "best" else None
    if best is not None and all(record.step != best for record in records):
        damaged.append(f"the best, of step {best}, is gone")
    return sorted(records, key=lambda record: (record.step != best, -record.step))


def _all_damaged(folder: Path, fault: str) -> RunError:
    help_ = [f"delete `{folder}` and train this seed again: rcmvae resume"]
    return RunError([Diagnostic("E413", f"every checkpoint is damaged: {fault}", help=help_)])


def fitted(path: Path, arrays: Mapping[str, Any], like: TrainState) -> TrainState:
    """The state in these arrays, without what only training needs.

    Raises:
        RunError: E412 if they are of another model.
    """
    expected = checkpoints.describe(named(like))
    # Format 1 left out arrays without elements; their shape is all there is to them.
    empty = {name: jnp.zeros(shape, kind) for name, (kind, shape) in expected.items() if 0 in shape}
    arrays = {**empty, **arrays}
    found = checkpoints.describe(arrays)
    wrong = [name for name in sorted(expected) if expected[name] != found.get(name)]
    if wrong:
        first = f"{_say(found.get(wrong[0]))} there, {_say(expected[wrong[0]])} here"
        message = f"`{path}` is of another model: {len(wrong)} arrays differ, the first `{wrong[0]}`: {first}"
        help_ = ["a plugin may have changed; `run.lock.toml` names the versions that the run began with"]
        raise RunError([Diagnostic("E412", message, help=help_)])
    return checkpoints.restored(arrays, like)


def named(state: TrainState) -> dict[str, Any]:
    """The arrays of a state, or their shapes, by path."""
    plain = state._replace(key=jax.random.key_data(state.key))
    leaves = jax.tree_util.tree_leaves_with_path(plain)
    return {jax.tree_util.keystr(path, simple=True, separator="/"): leaf for path, leaf in leaves}


def _say(found: list[Any] | None) -> str:
    return "absent" if found is None else f"{found[0]} of shape {tuple(found[1])}"
