"""Remembers which models the page has trained from a run, and finds them again when it starts."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

import attrs

from rcmvae_core.errors import Diagnostic
from rcmvae_core.inference.restore import Warn
from rcmvae_core.rundir.records import read_state
from rcmvae_core.runtime.atomic_files import replace_file
from rcmvae_core.runtime.records import Count, RecordError, read_values, require_format, structure

_FORMAT = Count(1)


class ModelEntry(NamedTuple):
    """A model of the page.

    Args:
        number: 0 for the run that is explored.
        path: its run directory.
        parent: the number of the model that it was trained from; None for the run itself.
    """

    number: int
    path: Path
    parent: int | None


@attrs.frozen
class _Trained:
    """A model that was trained from the run; `folder` is the name of its run directory beside that of the run."""

    folder: str
    parent: Count


@attrs.frozen
class _Record:
    """The content of the file."""

    models: tuple[_Trained, ...]
    format: Count = _FORMAT


def record_path(run: Path) -> Path:
    """Return the file with the models of a run: in the folder of the label store beside it, where it is no run."""
    run = run.resolve()
    return run.parent / "labels" / f"{run.name}.models.json"


def read_entries(run: Path, warn: Warn) -> tuple[ModelEntry, ...]:
    """Return the run and the models that were trained from it, of which some may not be complete.

    Args:
        run: the run directory.
        warn: called with W491 if the file cannot be read; the run alone is returned then.
    """
    path, first = record_path(run), ModelEntry(0, run, None)
    if not path.exists():
        return (first,)
    try:
        record = structure(read_values(path), _Record)
        require_format(record.format, _FORMAT)
    except RecordError as error:
        help_ = ["restore or remove the file; the run directories of the models are not touched"]
        warn(Diagnostic("W491", f"`{path}` cannot be read: {error}", help=help_))
        return (first,)
    beside = run.resolve().parent
    trained = [
        ModelEntry(number, beside / Path(each.folder).name, int(each.parent))
        for number, each in enumerate(record.models, start=1)
    ]
    return (first, *trained)


def write_entries(run: Path, entries: Sequence[ModelEntry]) -> None:
    """Write the file: before a model is trained, so that it is found even if the page ends meanwhile.

    Args:
        run: the run directory.
        entries: of every model.

    Raises:
        RunError: E304 if it cannot be written.
    """
    models = tuple(_Trained(entry.path.name, Count(entry.parent or 0)) for entry in entries[1:])
    text = json.dumps(attrs.asdict(_Record(models)), indent=2) + "\n"
    replace_file(record_path(run), text, parents=True)


def is_complete(path: Path) -> bool:
    """Return whether a run directory has a finished run."""
    return read_state(path) == "done"


def next_path(run: Path, entries: Sequence[ModelEntry]) -> Path:
    """Return the first of NAME-2, NAME-3, … beside a run where nothing is yet, and that no entry has."""
    run, taken = run.resolve(), {entry.path.name for entry in entries}
    for number in count(2):
        path = run.parent / f"{run.name}-{number}"
        if path.name not in taken and not os.path.lexists(path):
            return path
    raise AssertionError  # `count` has no end
