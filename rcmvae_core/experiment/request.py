"""Defines what a run is asked to do."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from itertools import chain, count
from pathlib import Path
from typing import NamedTuple

from rcmvae_core.errors import RunError
from rcmvae_core.experiment.initial_state import StartFrom
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.runtime.atomic_files import unwritable


class RunRequest(NamedTuple):
    """A run: what to train, and where to write it.

    Args:
        resolved: the resolved spec.
        registry: the registry that it was resolved with.
        out: the run directory.
        dataset: the data set of a spec whose data are `arrays`.
        resume: resume the run in `out`; if it holds none, a new one is begun.
        start_from: a run whose last states are the initial ones; None starts from random parameters.
        allow_edited: resume although the spec or `model.json` was edited since the checkpoints were written.
    """

    resolved: ResolvedSpec
    registry: Registry
    out: Path
    dataset: Dataset | None = None
    resume: bool = False
    start_from: StartFrom | None = None
    allow_edited: bool = False


@contextmanager
def run_folder(out: Path | None, name: str, root: Path = Path("runs")) -> Generator[Path]:
    """Choose the folder of a new run; of runs that start together without `--out` each has its own.

    Args:
        out: the folder of `--out`.
        name: of the run.
        root: the folder above the default one.

    Yields:
        `out`, or else `root/NAME-DATE-TIME`, with a number behind it if that exists: a new folder, which is removed at
        the end if it is empty.

    Raises:
        RunError: E304 if the folder cannot be made.
    """
    if out is not None:
        yield out
        return
    made = [] if root.exists() else [root]
    try:
        root.mkdir(parents=True, exist_ok=True)
        folder = _make_folder(root / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}")
    except OSError as error:
        raise RunError([unwritable(root, error, "choose a folder with --out DIR")]) from None
    try:
        yield folder
    finally:
        with suppress(OSError):
            for path in (folder, *made):
                path.rmdir()


def _make_folder(stem: Path) -> Path:
    numbered = (stem.with_name(f"{stem.name}-{number}") for number in count(2))
    for folder in chain([stem], numbered):
        with suppress(FileExistsError):
            folder.mkdir()
            return folder
    raise AssertionError
