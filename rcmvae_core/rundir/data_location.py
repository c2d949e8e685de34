"""Keeps the folder that the paths of a run's data are relative to, so that its data are found from any folder.

The paths in `spec.toml` stay as the spec has them, so that a project can be copied or moved with its runs. Which parameters
are paths their declarations say (`param(path=True)`), and for data plugins with the token `data.path` it is `path`.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from rcmvae_core.plugin.parameters import fields
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec
from rcmvae_core.runtime.records import RecordError, fail_record, read_values, structure

NAME = "data_location.json"
"""The file of a run directory with the folder; only of runs with relative paths."""
_READS, _PATH = "data.path", "path"


@attrs.frozen
class _Location:
    """The content of `data_location.json`.

    Args:
        working_folder: what the paths of the run's data are relative to.
        run: the run directory.
    """

    working_folder: str
    run: str


def as_json(folder: Path, run: Path) -> dict[str, str]:
    """Return the content of the file.

    Args:
        folder: what the paths of the run's data are relative to.
        run: the run directory.
    """
    return attrs.asdict(_Location(str(folder), os.path.realpath(run)))


def read_location(run: Path, resolved: ResolvedSpec) -> Path | None:
    """Return the folder that the paths of a run's data are relative to.

    Args:
        run: the run directory.
        resolved: its spec, with the paths as they are written.

    Returns:
        The folder, or that in the same place of a project that was copied or moved with the run, if the data are there;
        None if the run has no relative path or the folder is gone, so that paths are relative to the working folder.
    """
    *copies, original = locations(run) or [None]
    for folder in copies:
        if folder is not None and _are_in(resolved, folder):
            return folder
    return original if original is not None and original.is_dir() else None


def locations(run: Path) -> list[Path]:
    """Return the folders that paths of a run may be relative to: in the project of a copied run, then the original one.

    Raises:
        RcmvaeError: E440 if the file cannot be read.
    """
    if not os.path.lexists(run / NAME):
        return []
    try:
        record = structure(read_values(run / NAME), _Location)
    except RecordError as error:
        help_ = "restore the file, or delete it: paths of data are then relative to the working folder"
        fail_record(run / NAME, error, help_=help_)
    folder, before, now = Path(record.working_folder), Path(record.run), Path(os.path.realpath(run))
    depth = len(before.relative_to(folder).parts) if before.is_relative_to(folder) else 0
    if now == before or not depth or now.parts[-depth:] != before.parts[-depth:]:
        return [folder]
    return [now.parents[depth - 1], folder]


def _are_in(resolved: ResolvedSpec, folder: Path) -> bool:
    """Return whether all data of a spec exist in a folder."""
    missing = list[str]()

    def look(text: str) -> str:
        path = folder / text
        if not path.exists() and not glob.glob(str(path)):  # noqa: PTH207 - a pattern
            missing.append(text)
        return text

    _map_paths(resolved, look, None)
    return not missing


def with_absolute_paths(
    resolved: ResolvedSpec, folder: Path, only: ResolvedSpec | None = None
) -> ResolvedSpec:
    """Return a spec whose data are named by absolute paths.

    Args:
        resolved: the spec.
        folder: what its paths are relative to.
        only: change no path that differs from that of this spec.
    """

    def absolute(text: str) -> str:
        return text if text.startswith("~") or Path(text).is_absolute() else str(folder / text)

    same = None if only is None else only.if_available("data")
    return _map_paths(resolved, absolute, same)


def with_relative_paths(resolved: ResolvedSpec, folder: Path) -> ResolvedSpec:
    """Return a spec whose data below a folder are named by paths relative to it, as before `with_absolute_paths`."""

    def relative(text: str) -> str:
        return str(Path(text).relative_to(folder)) if Path(text).is_relative_to(folder) else text

    return _map_paths(resolved, relative, None)


def _map_paths(
    resolved: ResolvedSpec, change: Callable[[str], str], same: ResolvedPart | None
) -> ResolvedSpec:
    part = resolved.if_available("data")
    if part is None:
        return resolved
    is_same = same is not None and type(same.params) is type(part.params)
    reads = _READS in part.capabilities().provides
    params = _changed(part.params, change, same.params if is_same and same else None, _PATH if reads else "")
    keys = part.keys and _changed(part.keys, change, same.keys if same else None, "")
    if (params, keys) == (part.params, part.keys):
        return resolved
    changed = attrs.evolve(part, params=params, keys=keys)
    return attrs.evolve(resolved, parts={**resolved.parts, "data": (changed,)})


def _changed(record: Any, change: Callable[[str], str], same: Any, more: str) -> Any:
    """Return a record of parameters with other paths.

    Args:
        record: the parameters.
        change: returns the path to use instead of another one.
        same: a record of the same class, without whose values nothing is changed; None changes all.
        more: the name of a parameter that is a path although it is not declared as one.
    """
    values = {
        name: getattr(record, name)
        for name, field in fields(type(record)).items()
        if field.rule.path or name == more
    }
    changes = {
        name: change(value)
        for name, value in values.items()
        if isinstance(value, str) and (same is None or getattr(same, name) == value)
    }
    return attrs.evolve(record, **changes) if changes else record
