"""Trains a run again with the labels of its store."""

from __future__ import annotations

import argparse
import json
from functools import partial
from pathlib import Path

from rcmvae_core.cli.actions.label_store import existing_store_path, read_store
from rcmvae_core.cli.actions.train import train
from rcmvae_core.cli.commands.learn import WARM_EPOCHS
from rcmvae_core.cli.diagnostics import print_warnings
from rcmvae_core.cli.run_arguments import read_run
from rcmvae_core.cli.streams import print_message
from rcmvae_core.data.dataset import load_dataset
from rcmvae_core.data.fingerprint import item_ids
from rcmvae_core.data.label_overlay import identity
from rcmvae_core.errors import Diagnostic
from rcmvae_core.experiment.initial_state import StartFrom, last_records
from rcmvae_core.experiment.request import RunRequest, run_folder
from rcmvae_core.inference import model_info
from rcmvae_core.inference.edited import EditedFiles
from rcmvae_core.rundir.directory import checkpoint_folder
from rcmvae_core.training.checkpoints.record import records

_LABELS = ("labels", "supervised", "given_labels")
"""Names for the loss of labels, of which one is free."""
_WEIGHT = 20.0
"""Weight of the loss of labels that is added, in nats beside a summed reconstruction."""


def main(options: argparse.Namespace) -> int:
    """Pin the labels, then train a new model, or from the last checkpoints of the run."""
    run: Path = options.run
    _check_edited(options)
    origin, epochs = _warm_start(options) if options.warm_start else (None, options.epochs)
    settings = [] if epochs is None else [f"train.epochs={epochs}"]
    settings += [*_classifier_settings(options), *_label_settings(options), *options.settings]
    resolved, registry, warnings = read_run(run, "training", settings)
    print_warnings(warnings, options.format)
    with run_folder(options.out, resolved.name) as folder:
        return train(RunRequest(resolved, registry, folder, start_from=origin), options.format)


def _check_edited(options: argparse.Namespace) -> None:
    """Check that the spec to learn by is the one that the run was trained with.

    With `--warm-start` so is `model.json`, which says how inputs are scaled.

    Raises:
        RcmvaeError: E441 if one was edited, unless `--allow-edited` is given; E425 if `model.json` cannot be read.
    """
    run: Path = options.run
    path = run / "model.json"
    info = model_info.read(path) if options.warm_start and path.exists() else None
    verify = EditedFiles(run, info, partial(_warn, options), allow=options.allow_edited)
    for seed in options.resolved.seeds:
        record = next((each for each in records(checkpoint_folder(run, seed)) if each.format), None)
        if record is not None:
            verify(record)


def _warn(options: argparse.Namespace, diagnostic: Diagnostic) -> None:
    print_warnings([diagnostic], options.format)


def _warm_start(options: argparse.Namespace) -> tuple[StartFrom, int]:
    """Return the states to continue from, and the number of the last epoch."""
    run: Path = options.run
    last_ones = last_records(run, options.resolved.seeds, partial(_warn, options))
    last = max(int(record.journal["epoch"]) for record in last_ones.values())
    origin = StartFrom(run.absolute(), {seed: record.step for seed, record in last_ones.items()})
    return origin, last + (options.epochs or WARM_EPOCHS)


def _classifier_settings(options: argparse.Namespace) -> list[str]:
    """Return settings that add a classifier and its loss to a run that was trained without; none if it has one.

    The losses of a run with a classifier are its author's choice.
    """
    resolved = options.resolved
    if resolved.maybe("classifier") is not None:
        return []
    added = ["classifier.tau={}"]
    if not any(part.name == "supervised" for part in resolved.parts["loss"]):
        labels = {part.label for part in resolved.parts["loss"]}
        label = next(name for name in _LABELS if name not in labels)
        added += [f"loss.{label}.supervised={{}}", f"loss.{label}.weight={_WEIGHT}"]
    print_message(f"the run was trained without labels: adding {', '.join(added)}")
    return added


def _label_settings(options: argparse.Namespace) -> list[str]:
    """Return settings that name the label store and its last event; none if there is no store.

    Raises:
        RcmvaeError: E302 if the store of `--store` or of the spec does not exist.
    """
    part = options.resolved.one("data")
    dataset = load_dataset(part)
    path = existing_store_path(options, part, identity(dataset), lambda: item_ids(dataset))
    if path is None:
        return []
    with read_store(path, dataset) as store:
        print_warnings(store.warnings, options.format)
        revision = store.revision
    return [f"data.label_store={json.dumps(str(path.absolute()))}", f"data.label_revision={revision}"]
