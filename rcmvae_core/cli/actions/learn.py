"""Continues training from a finished run, with the labels of its store."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from rcmvae_core.cli.actions.label_store import existing_store_path
from rcmvae_core.cli.actions.train import train
from rcmvae_core.cli.arguments import read
from rcmvae_core.cli.diagnostics import print_warnings
from rcmvae_core.cli.run_arguments import spec_of
from rcmvae_core.data.dataset import load_dataset
from rcmvae_core.data.label_overlay import identity
from rcmvae_core.experiment.initial_state import StartFrom, last_records
from rcmvae_core.experiment.request import RunRequest, default_folder
from rcmvae_core.labels.store import LabelStore


def main(options: argparse.Namespace) -> int:
    """Pin the labels, then train from the last checkpoints of the run."""
    run: Path = options.run
    records = last_records(run, options.resolved.seeds)
    epochs = max(int(record.journal["epoch"]) for record in records.values()) + options.epochs
    settings = [f"train.epochs={epochs}", *options.settings, *_label_settings(options)]
    resolved, registry = read(spec_of(run), settings, options.registry)
    print_warnings(resolved.warnings, options.format)
    origin = StartFrom(run.absolute(), {seed: record.step for seed, record in records.items()})
    request = RunRequest(resolved, registry, options.out or default_folder(resolved.name), start_from=origin)
    return train(request, options.format)


def _label_settings(options: argparse.Namespace) -> list[str]:
    """Return settings that name the label store and its last event; none if there is no store.

    Raises:
        RcmvaeError: E302 if the store of `--store` or of the spec does not exist.
    """
    part = options.resolved.one("data")
    data = identity(load_dataset(part))
    path = existing_store_path(options, part, data)
    if path is None:
        return []
    with LabelStore(path, data) as store:
        print_warnings(store.warnings, options.format)
        revision = store.revision
    return [f"data.label_store={json.dumps(str(path))}", f"data.label_revision={revision}"]
