"""Reads the state that each seed continues from: a checkpoint of an interrupted run, or the end of another run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rcmvae_core.data import fingerprint
from rcmvae_core.errors import Diagnostic, RunError, fail
from rcmvae_core.inference import model_info
from rcmvae_core.plugin.declaration import Distribution
from rcmvae_core.rundir.directory import checkpoint_folder
from rcmvae_core.rundir.records import FORMAT, START_FROM, read_start_record
from rcmvae_core.training.checkpoints import files as checkpoint_files
from rcmvae_core.training.checkpoints import resume
from rcmvae_core.training.checkpoints.errors import CorruptCheckpointError
from rcmvae_core.training.checkpoints.finetune import continue_from
from rcmvae_core.training.checkpoints.record import Record, stray_warnings
from rcmvae_core.training.checkpoints.upgrade import DISTRIBUTIONS, array_upgrade
from rcmvae_core.training.compiled import Programs, init_state
from rcmvae_core.training.progress import LoopState
from rcmvae_core.training.setup import Prepared
from rcmvae_core.training.state import TrainState

InitialState = tuple[TrainState, LoopState]
Warn = Callable[[int, Diagnostic], None]


class StartFrom(NamedTuple):
    """The run whose last states are the initial ones of another.

    Args:
        run: its run directory.
        steps: the step of the checkpoint, by seed.
    """

    run: Path
    steps: Mapping[int, int]


def run_facts(
    spec_text: str, prepared: Prepared, programs: Programs, environment: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the numbers of a run depend on; it is part of every checkpoint.

    Args:
        spec_text: the content of `spec.toml`.
        prepared: data and labels.
        programs: the compiled functions, for the number of devices.
        environment: versions and backend.
    """
    names, split = prepared.dataset.class_names, prepared.split
    # Not the revision, whose labels may change while a run is interrupted; empty arrays leave the hash as it is.
    indices = (*split[:6], split.calibration, split.calibration_labels)
    return {
        "spec": fingerprint.fingerprint_text(spec_text),
        "data": fingerprint.fingerprint_data(prepared.dataset, indices),
        "model": model_info.fingerprint(model_info.build_info(prepared)),
        "labels": fingerprint.fingerprint_labels(split.labelled, split.given),
        "label_revision": split.revision,
        "labelled_classes": [names[number] for number in np.unique(split.given)],
        "versions": environment["versions"],
        DISTRIBUTIONS: {name: part.version for name, part in _distributions(prepared).items()},
        "backend": environment["backend"],
        "devices": programs.mesh.size,
    }


def _distributions(prepared: Prepared) -> dict[str, Distribution]:
    distributions = (part.registered.distribution for part in prepared.resolved.every_part())
    return {distribution.name: distribution for distribution in distributions}


def resume_states(
    path: Path,
    prepared: Prepared,
    programs: Programs,
    facts: Mapping[str, Any],
    warn: Warn,
    *,
    allow_edited: bool = False,
) -> dict[int, InitialState]:
    """Read the last checkpoint of each seed of an interrupted run.

    Args:
        path: the run directory.
        prepared: data and model.
        programs: the compiled functions.
        facts: what the numbers depend on now, as `run_facts` returns it.
        warn: called with warnings about a seed.
        allow_edited: use checkpoints although the spec or `model.json` was edited since.

    Returns:
        The state of each seed that has a checkpoint.

    Raises:
        RunError: E412 if a checkpoint does not fit the run, E413 if all of a seed are corrupt.
    """
    states: dict[int, InitialState] = {}
    for seed in prepared.resolved.seeds:
        folder = checkpoint_folder(path, seed)
        if not folder.is_dir():
            continue
        latest = resume.load_latest(
            folder,
            init_state(prepared, programs, seed),
            facts,
            steps_per_epoch=prepared.context.steps_per_epoch,
            upgrade=array_upgrade(prepared.resolved),
            allow_edited=allow_edited,
            warn=lambda diagnostic, seed=seed: warn(seed, diagnostic),
        )
        if latest is not None:
            states[seed] = programs.mesh.replicate(latest[0]), latest[1]
    return states


def start_states(
    start_from: StartFrom, prepared: Prepared, programs: Programs, seeds: tuple[int, ...], warn: Warn
) -> dict[int, InitialState]:
    """Read the last states of another run, with the classifier rebuilt from the labels of this one.

    Args:
        start_from: the other run.
        prepared: data, labels and model of this one.
        programs: the compiled functions.
        seeds: the seeds to read.
        warn: called with warnings about a seed.

    Returns:
        The state of each of these seeds.

    Raises:
        RunError: E412 if the model has other shapes, E413 if a checkpoint cannot be read.
        RcmvaeError: E440 if no checkpoint of a seed is named.
    """
    missing = [seed for seed in seeds if seed not in start_from.steps]
    if missing:
        message = f"`{START_FROM}` names no checkpoint of seed {missing[0]} in `{start_from.run}`"
        fail(
            "E440", message, help=["restore the file, or begin the run again: rcmvae learn RUN --warm-start"]
        )
    return {
        seed: continue_from(
            checkpoint_folder(start_from.run, seed),
            start_from.steps[seed],
            prepared=prepared,
            programs=programs,
            seed=seed,
            warn=lambda diagnostic, seed=seed: warn(seed, diagnostic),
        )
        for seed in seeds
    }


def last_records(run: Path, seeds: tuple[int, ...], warn: Callable[[Diagnostic], None]) -> dict[int, Record]:
    """Return the record of each seed's last checkpoint.

    Args:
        run: the run directory.
        seeds: the seeds.
        warn: called with W442 for files that are named like records and are none.

    Raises:
        RunError: E410 if a seed has none, E413 if its last one cannot be read.
    """
    last: dict[int, Record] = {}
    for seed in seeds:
        folder = checkpoint_folder(run, seed)
        for diagnostic in stray_warnings(folder):
            warn(diagnostic)
        record = next(checkpoint_files.records(folder), None)
        if record is not None:
            _check_last(folder, record)
        else:
            message = f"`{run}` has no checkpoint of seed {seed}"
            help_ = ["name a run whose seeds are trained, or fewer seeds with --set seeds=[...]"]
            fail("E410", message, help=help_, error=RunError)
        last[seed] = record
    return last


def _check_last(folder: Path, record: Record) -> None:
    """Check that the last checkpoint can be read: an older one would be another state than that of the run.

    Raises:
        RunError: E413 if it cannot.
    """
    try:
        checkpoint_files.check_format(folder, record)
    except CorruptCheckpointError as error:
        help_ = [
            "`rcmvae resume` of the run trains from the checkpoint before it, and writes the last one again"
        ]
        fail("E413", f"the last checkpoint is corrupt: {error}", help=help_, error=RunError)


def as_json(start_from: StartFrom) -> dict[str, Any]:
    """Return the values of `origin.json`, with an absolute path."""
    steps = {str(seed): step for seed, step in start_from.steps.items()}
    return {"format": FORMAT, "run": str(start_from.run.absolute()), "steps": steps}


def read_start_from(path: Path) -> StartFrom | None:
    """Return the run that the run in a directory starts from; None if it starts from random parameters.

    Raises:
        RcmvaeError: E440 if `origin.json` cannot be read.
    """
    record = read_start_record(path)
    if record is None:
        return None
    return StartFrom(Path(record.run), {int(seed): step for seed, step in record.steps.items()})
