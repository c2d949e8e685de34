"""Orbax behind a thin adapter: arrays by name to a folder and back, with a record that says what was written.

A checkpoint is a folder `step-000000468` and, beside it, `step-000000468.json`. The record is written last: a
folder without one is half a checkpoint, and never read.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp

from rcmvae_core.training.state import TrainState

FORMAT = 2
Named = dict[str, np.ndarray]


class Damaged(Exception):  # noqa: N818 - the reader goes on to the checkpoint before
    """What is written is not what was saved."""


class Record(NamedTuple):
    """What is known of a checkpoint without reading its arrays.

    Args:
        format: of the files; this code writes `FORMAT`.
        step: steps done.
        arrays: data type and shape of every array, by name.
        files: size and hash of every file, by its path in the folder.
        journal: what the training loop must know besides the state, as plain values.
        facts: what the run depends on: spec, data, versions, devices.
    """

    format: int
    step: int
    arrays: dict[str, Any]
    files: dict[str, Any]
    journal: dict[str, Any]
    facts: dict[str, Any]


def named(state: TrainState) -> Named:
    """The arrays of a state on the host, by path, such as `params/encoder/logits/bias`; always copies.

    A copy, for the next step takes the state's own memory.
    """
    plain = state._replace(key=jax.random.key_data(state.key))
    leaves = jax.tree_util.tree_leaves_with_path(plain)
    return {_name(path): np.array(leaf) for path, leaf in leaves}


def restored(arrays: Mapping[str, np.ndarray], like: TrainState) -> TrainState:
    """The state that `named` took apart.

    Args:
        arrays: by path.
        like: a state of the same shapes, such as a fresh one.
    """
    plain = like._replace(key=jax.random.key_data(like.key))
    found = jax.tree_util.tree_map_with_path(lambda path, _: jnp.asarray(arrays[_name(path)]), plain)
    return found._replace(key=jax.random.wrap_key_data(found.key))


def _name(path: Any) -> str:
    return jax.tree_util.keystr(path, simple=True, separator="/")


def describe(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Data type and shape of every array, as JSON has them."""
    return {name: [str(array.dtype), list(array.shape)] for name, array in arrays.items()}


def target(folder: Path, step: int) -> Path:
    """Where the checkpoint of a step lies."""
    return folder / f"step-{step:09d}"


def write(folder: Path, arrays: Named, record: Record) -> None:
    """Write a checkpoint; it exists once its record does.

    Args:
        folder: of the seed.
        arrays: what `named` gave.
        record: without `files`.

    Raises:
        OSError: if the disk does not take it; nothing that was there before is touched.
    """
    path = target(folder, record.step)
    remove(folder, record.step)
    try:
        # Orbax does not save arrays without elements; their shape in the record is all there is to them.
        _checkpointer().save(path.absolute(), {name: a for name, a in arrays.items() if a.size})
        files = {str(file.relative_to(path)): _fingerprint(file) for file in _files(path)}
        _write_record(path.with_suffix(".json"), record._replace(files=files))
    except Exception as error:
        shutil.rmtree(path, ignore_errors=True)
        path.with_suffix(".partial").unlink(missing_ok=True)
        raise _of_the_disk(error) or error from error


def _of_the_disk(error: Exception) -> OSError | None:
    """TensorStore tells of a full disk, among others, by exceptions of its own."""
    if isinstance(error, OSError):
        return error
    reasons = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO)
    return next((OSError(r, os.strerror(r)) for r in reasons if os.strerror(r) in str(error)), None)


def _write_record(path: Path, record: Record) -> None:
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as file:
        json.dump(record._asdict(), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def read(folder: Path, step: int, record: Record) -> Named:
    """The arrays of a checkpoint, after a look at every byte of it.

    Raises:
        Damaged: if a file is missing, cut off or changed.
    """
    path = target(folder, step)
    for name, expected in record.files.items():
        if not (path / name).is_file():
            raise Damaged(f"`{path / name}` is missing")
        if _fingerprint(path / name) != expected:
            raise Damaged(f"`{path / name}` is not as it was written")
    empty = {name: np.zeros(shape, dtype) for name, (dtype, shape) in record.arrays.items() if 0 in shape}
    return read_arrays(path) | empty


def read_arrays(path: Path) -> Named:
    """The arrays of an Orbax folder by path, whatever tree they were saved in.

    Raises:
        Damaged: if Orbax cannot read it.
    """
    try:
        checkpointer = _checkpointer()
        tree: Any = checkpointer.metadata(path.absolute()).item_metadata
        as_arrays = jax.tree.map(lambda _: ocp.RestoreArgs(restore_type=np.ndarray), tree.tree)
        found = checkpointer.restore(path.absolute(), restore_args=as_arrays)
    except Exception as error:
        raise Damaged(f"`{path}` cannot be read: {str(error).splitlines()[0]}") from error
    return {_name(where): np.asarray(leaf) for where, leaf in jax.tree_util.tree_leaves_with_path(found)}


def remove(folder: Path, step: int) -> None:
    """Delete a checkpoint, its record first, so that it is never taken for a whole one."""
    path = target(folder, step)
    path.with_suffix(".json").unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=True)


def records(folder: Path) -> Iterator[Record]:
    """The records of a seed's checkpoints, latest first; one that cannot be read has format 0."""
    for path in sorted(folder.glob("step-*.json"), reverse=True):
        try:
            yield Record(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            yield Record(0, int(path.stem.removeprefix("step-")), {}, {}, {}, {})


def sweep(folder: Path) -> None:
    """Delete what a process that was killed left half written."""
    for path in folder.glob("step-*"):
        if path.suffix == ".json" or (not path.suffix and path.with_suffix(".json").is_file()):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file())


def _fingerprint(file: Path) -> list[Any]:
    """Size and hash; the file is on the disk when this returns."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
        return [file.stat().st_size, hashlib.file_digest(opened, "blake2b").hexdigest()[:32]]


def _checkpointer() -> ocp.Checkpointer:
    # One process writes and each reads for itself, so Orbax must not wait for the others.
    alone = ocp.options.MultiprocessingOptions(
        primary_host=jax.process_index(), active_processes={jax.process_index()}
    )
    return ocp.Checkpointer(
        ocp.PyTreeCheckpointHandler(multiprocessing_options=alone), multiprocessing_options=alone
    )
