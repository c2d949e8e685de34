"""Where each seed of a run begins: at nothing, where it was interrupted, or where another run ended."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rcmvae_core import fingerprint
from rcmvae_core.errors import Diagnostic, RunError
from rcmvae_core.rundir import checkpoints_of
from rcmvae_core.training import checkpoints, restore
from rcmvae_core.training.checkpoints import Record
from rcmvae_core.training.continuation import continue_from
from rcmvae_core.training.journal import Journal
from rcmvae_core.training.prepare import Prepared
from rcmvae_core.training.programs import Programs, fresh
from rcmvae_core.training.state import TrainState

ORIGIN = "origin.json"
"""The file of a run directory that names the run it goes on from."""
Begin = tuple[TrainState, Journal]
Warn = Callable[[int, Diagnostic], None]


class Origin(NamedTuple):
    """The run that another one goes on from.

    Args:
        folder: its run directory.
        steps: of each seed's checkpoint, by seed.
    """

    folder: Path
    steps: Mapping[int, int]


def facts(
    spec_text: str, prepared: Prepared, programs: Programs, versions: Mapping[str, Any]
) -> dict[str, Any]:
    """What the numbers of a run depend on; it stands in every checkpoint.

    Args:
        spec_text: the resolved spec.
        prepared: data and labels.
        programs: the devices.
        versions: of what is installed, and the backend.
    """
    names, given = prepared.dataset.class_names, prepared.split.given
    return {
        "spec": fingerprint.of_text(spec_text),
        "data": fingerprint.of_data(prepared.dataset, prepared.split),
        "labels": fingerprint.of_labels(prepared.split),
        "label_revision": prepared.split.revision,
        "labelled_classes": [names[number] for number in np.unique(given)],
        "versions": versions["versions"],
        "backend": versions["backend"],
        "devices": programs.placement.devices,
    }


def interrupted(
    folder: Path, prepared: Prepared, programs: Programs, known: Mapping[str, Any], warn: Warn
) -> dict[int, Begin]:
    """Where each seed goes on that this run directory has a checkpoint of."""
    found: dict[int, Begin] = {}
    for seed in prepared.resolved.seeds:
        saved = checkpoints_of(folder, seed)
        if not saved.is_dir():
            continue
        begin = restore.latest(
            saved,
            fresh(prepared, programs, seed),
            known,
            steps_per_epoch=prepared.context.steps_per_epoch,
            warn=lambda diagnostic, seed=seed: warn(seed, diagnostic),
        )
        if begin is not None:
            found[seed] = programs.placement.replicate(begin[0]), begin[1]
    return found


def continued(
    origin: Origin, prepared: Prepared, programs: Programs, seeds: tuple[int, ...], warn: Warn
) -> dict[int, Begin]:
    """Where each of these seeds goes on from another run."""
    return {
        seed: continue_from(
            checkpoints_of(origin.folder, seed),
            origin.steps[seed],
            prepared=prepared,
            programs=programs,
            seed=seed,
            warn=lambda diagnostic, seed=seed: warn(seed, diagnostic),
        )
        for seed in seeds
    }


def last_records(folder: Path, seeds: tuple[int, ...]) -> dict[int, Record]:
    """The record of each seed's last checkpoint.

    Raises:
        RunError: E410 if a seed has none.
    """
    found: dict[int, Record] = {}
    for seed in seeds:
        record = next((r for r in checkpoints.records(checkpoints_of(folder, seed)) if r.format), None)
        if record is None:
            message = f"`{folder}` has no checkpoint of seed {seed}"
            help_ = ["name a run whose seeds are trained, or fewer seeds with --set seeds=[...]"]
            raise RunError([Diagnostic("E410", message, help=help_)])
        found[seed] = record
    return found


def as_json(origin: Origin) -> dict[str, Any]:
    """An origin as plain values; its path is absolute."""
    steps = {str(seed): step for seed, step in origin.steps.items()}
    return {"run": str(origin.folder.absolute()), "steps": steps}


def read_origin(folder: Path) -> Origin | None:
    """The run that the run of a directory goes on from, if it does."""
    path = folder / ORIGIN
    if not path.is_file():
        return None
    found = json.loads(path.read_text(encoding="utf-8"))
    return Origin(Path(found["run"]), {int(seed): step for seed, step in found["steps"].items()})
