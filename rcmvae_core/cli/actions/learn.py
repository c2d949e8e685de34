"""Continues training from a finished run, with the labels of its store."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from rcmvae_core.cli.arguments import read, spec_of
from rcmvae_core.cli.diagnostics import print_diagnostics, print_warnings
from rcmvae_core.cli.perform import perform
from rcmvae_core.data.dataset import load_dataset
from rcmvae_core.data.label_overlay import identity
from rcmvae_core.errors import fail
from rcmvae_core.experiment.initial_state import StartFrom, last_records
from rcmvae_core.experiment.request import RunRequest, default_folder
from rcmvae_core.labels.store import LabelStore
from rcmvae_core.labels.store_path import default_path
from rcmvae_core.plugin.resolved import ResolvedSpec


def main(options: argparse.Namespace) -> int:
    """Pin the labels, then train from the last checkpoints of the run."""
    run: Path = options.run
    records = last_records(run, options.resolved.seeds)
    epochs = max(int(record.journal["epoch"]) for record in records.values()) + options.epochs
    labels = _label_settings(run, options.resolved, options.store)
    settings = [f"train.epochs={epochs}", *options.settings, *labels]
    resolved, registry = read(spec_of(run), settings, options.registry)
    print_warnings(resolved.warnings, options.format)
    origin = StartFrom(run.absolute(), {seed: record.step for seed, record in records.items()})
    request = RunRequest(resolved, registry, options.out or default_folder(resolved.name), start_from=origin)
    return perform(request, as_json=options.format == "jsonl")


def _label_settings(run: Path, resolved: ResolvedSpec, chosen: Path | None) -> list[str]:
    """Return settings that name the label store and its last event; none if there is no store.

    Args:
        run: the run directory.
        resolved: its spec.
        chosen: the label store; None for that of the spec, or else the one beside the run.

    Raises:
        RcmvaeError: E302 if the store does not exist, and was chosen here or in the spec.
    """
    part = resolved.one("data")
    data = identity(load_dataset(part))
    of_spec = part.keys.label_store
    path = chosen or (Path(of_spec) if of_spec else default_path(run, part.name, data))
    if not path.is_file():
        if chosen is None and of_spec is None:
            return []
        fail("E302", f"label store `{path}` does not exist", help=["`rcmvae label RUN assign` creates one"])
    with LabelStore(path, data) as store:
        print_diagnostics(store.warnings)
        revision = store.revision
    return [f"data.label_store={json.dumps(str(path))}", f"data.label_revision={revision}"]
