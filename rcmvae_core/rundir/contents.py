"""Checks what is in a folder before a run is written to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from rcmvae_core.errors import Diagnostic, RcmvaeError, fail
from rcmvae_core.rundir import data_location, lockfile, metrics
from rcmvae_core.rundir.saved_run import NAME
from rcmvae_core.rundir.writer_lock import LOCK
from rcmvae_core.runtime.outputs import link_error
from rcmvae_core.runtime.partial_files import is_partial

PROJECTIONS = "projections"
"""The folder of a run directory with the coordinates of inputs that the page has computed."""
_FOLDERS = ("checkpoints", "diagnostics", "figures", PROJECTIONS, "tensorboard")
"""The folders that are written here; others are those of trackers."""
_BEFORE_SPEC = (lockfile.NAME, metrics.NAME, data_location.NAME, "origin.json", "tensorboard")
"""What a process may leave that was killed before it wrote the spec."""


def check_contents(path: Path, *, resume: bool) -> None:
    """Check that a run may be written to a folder.

    Args:
        path: an existing folder.
        resume: whether it may hold a run already.

    Raises:
        RcmvaeError: E303 if it holds something else, E451 for every symbolic link that writing could follow.
        OSError: if it cannot be read.
    """
    names = sorted(entry.name for entry in path.iterdir() if entry.name != LOCK and not is_partial(entry))
    is_run = NAME in names
    strange = [name for name in names if not resume or not (is_run or name in _BEFORE_SPEC)]
    if strange:
        help_ = ["choose a new folder with --out DIR"]
        if is_run:
            help_.append(f"to resume the run in it: rcmvae resume {path}")
        fail("E303", f"`{path}` is not empty: it holds `{strange[0]}`", help=help_)
    errors = list(_unsafe(path))
    if errors:
        raise RcmvaeError(errors)


def _unsafe(run: Path) -> Iterator[Diagnostic]:
    """Yield an error for each symbolic link or device in a run directory, except for links of trackers into it."""
    for folder, folders, files in os.walk(run):
        for entry in (Path(folder, name) for name in sorted((*folders, *files))):
            if entry.is_symlink():
                if not _is_of_tracker(entry, run):
                    yield link_error(entry)
            elif not entry.is_dir() and not entry.is_file():
                message = f"`{entry}` is neither a file nor a folder, and is not written"
                yield Diagnostic("E451", message, help=["find out who made it, then remove it"])


def _is_of_tracker(link: Path, run: Path) -> bool:
    """Return whether a link lies in a folder of a tracker and leads into the run, such as `wandb/latest-run`."""
    top, *rest = link.relative_to(run).parts
    inside = Path(os.path.realpath(link)).is_relative_to(os.path.realpath(run))
    return bool(rest) and top not in _FOLDERS and inside
