"""Reads and writes the record of a checkpoint, the JSON file that describes its arrays and the training loop."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import attrs
import numpy as np

from rcmvae_core.errors import Diagnostic, quoted
from rcmvae_core.runtime.records import MAX_COUNT, Count, Number, RecordError, read_values, structure
from rcmvae_core.training.checkpoints.state_arrays import Descriptions

FORMAT = 3
"""The format that this version writes; it reads 2 too, and 1 has no records."""
_NAME = re.compile(r"step-([0-9]{9,15})\.json")
_DTYPE = re.compile(r"[a-z][a-z0-9_]{2,}")
_MAX_AXES = 32
_NONE = Count(0)
_ZERO = Number(0.0)
_ONE = Count(1)


class Record(NamedTuple):
    """The JSON file of a checkpoint; its fields are the keys.

    Args:
        format: of the checkpoint; 0 if the record cannot be read.
        step: steps done.
        arrays: data type and shape of every array, by path.
        files: size and hash of every file, by its path in the folder.
        journal: the fields of the `LoopState`.
        facts: what the numbers of the run depend on: spec, data, versions, devices.
        problem: why the record cannot be read; not a key of the file.
    """

    format: int
    step: int
    arrays: Descriptions
    files: dict[str, Any]
    journal: dict[str, Any]
    facts: dict[str, Any]
    problem: str = ""


@attrs.frozen
class _Journal:
    """The fields of a `LoopState`."""

    seed: int = 0
    epoch: Count = _NONE
    value: float | None = None
    best: float | None = None
    best_step: Count | None = None
    waited: Count = _NONE
    stopped: bool = False
    seconds: Number = _ZERO


@attrs.frozen
class _Facts:
    """What the numbers of a run depend on; earlier versions have fewer of these facts."""

    HAS_OTHER_KEYS = True
    spec: str = ""
    data: str = ""
    labels: str = ""
    model: str | None = None
    label_revision: Count | None = None
    labelled_classes: tuple[str, ...] = ()
    versions: dict[str, str] = attrs.field(factory=dict[str, str])
    distributions: dict[str, str] = attrs.field(factory=dict[str, str])
    backend: str = ""
    devices: Count = _ONE


@attrs.frozen
class _Values:
    """The keys of the file."""

    format: Count
    step: Count
    arrays: dict[str, tuple[Any, ...]]
    files: dict[str, tuple[Any, ...]]
    journal: _Journal
    facts: _Facts


def dumps(record: Record) -> str:
    """Return the content of the file."""
    values = record._asdict()
    del values["problem"]
    return json.dumps(values, indent=1)


def records(folder: Path) -> Iterator[Record]:
    """Yield the records of a seed's checkpoints, latest first; one that cannot be read has format 0 and a problem."""
    paths = [path for path in folder.glob("step-*.json") if _NAME.fullmatch(path.name)]
    for step, path in sorted(((int(path.stem.removeprefix("step-")), path) for path in paths), reverse=True):
        try:
            yield _read(path, step)
        except RecordError as error:
            yield Record(0, step, {}, {}, {}, {}, str(error))


def strays(folder: Path) -> list[Path]:
    """Return files that are named like records and are none, such as the copies of a program that syncs folders."""
    return sorted(path for path in folder.glob("step-*.json") if not _NAME.fullmatch(path.name))


def stray_warnings(folder: Path) -> Iterator[Diagnostic]:
    """Yield a warning about files that are named like records and are none."""
    names = [path.name for path in strays(folder)]
    if names:
        message = (
            f"`{folder}` has files that are no records of checkpoints, and are not read: {quoted(names[:3])}"
        )
        help_ = ["a program that syncs folders renames files so; restore the right name of what you need"]
        yield Diagnostic("W442", message, help=help_)


def _read(path: Path, step: int) -> Record:
    values = read_values(path)
    if isinstance(values, dict) and isinstance(values.get("format"), int) and values["format"] > FORMAT:
        return Record(values["format"], step, {}, {}, {}, {})
    record = structure(values, _Values)
    if record.format not in (FORMAT - 1, FORMAT):
        raise RecordError(f"`format` must be {FORMAT - 1} or {FORMAT}, got {record.format}")
    if record.step != step:
        raise RecordError(f"`step` is {record.step}, and the file is named after step {step}")
    for name, description in record.arrays.items():
        _check_description(name, description)
    for name, file in record.files.items():
        _check_file(name, file)
    return Record(**values)


def _check_description(name: str, description: tuple[Any, ...]) -> None:
    try:
        dtype, shape = description
        is_valid = isinstance(dtype, str) and isinstance(shape, list) and len(shape) <= _MAX_AXES
        is_valid = is_valid and all(isinstance(n, int) and n >= 0 for n in shape) and _is_number_type(dtype)
        is_valid = is_valid and math.prod(shape) <= MAX_COUNT
    except (TypeError, ValueError):
        is_valid = False
    if not is_valid:
        raise RecordError(f"`arrays.{name}` must be a type of numbers and a shape")


def _is_number_type(name: str) -> bool:
    if not _DTYPE.fullmatch(name):
        return False
    dtype = np.dtype(name)
    # JAX registers further types, such as bfloat16, with NumPy.
    return dtype.name == name and (dtype.kind in "biufc" or dtype.isbuiltin == 2)  # noqa: PLR2004


def _check_file(name: str, file: tuple[Any, ...]) -> None:
    path = Path(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name or not name:
        raise RecordError("`files` has a path outside the checkpoint")
    if len(file) != 2 or not isinstance(file[0], int) or not isinstance(file[1], str):  # noqa: PLR2004
        raise RecordError(f"`files.{name}` must be a size and a hash")


def array_bytes(arrays: Descriptions) -> int:
    """Return the bytes of the arrays that a record describes."""
    return sum(np.dtype(dtype).itemsize * math.prod(shape) for dtype, shape in arrays.values())
