"""Opens the label store of a run's data, and runs a subcommand of `rcmvae label` on it."""

from __future__ import annotations

import argparse
from pathlib import Path

from rcmvae_core.cli.actions.label_store import read_store, store_path
from rcmvae_core.cli.actions.label_subcommands import SUBCOMMANDS, Call
from rcmvae_core.cli.diagnostics import print_diagnostics, printable
from rcmvae_core.cli.output import show
from rcmvae_core.data.dataset import load_dataset
from rcmvae_core.data.fingerprint import item_ids
from rcmvae_core.data.label_overlay import former_ids, identity, open_store
from rcmvae_core.data.source_paths import source_paths
from rcmvae_core.labels.items import Items
from rcmvae_core.labels.store import MEMORY
from rcmvae_core.runtime.outputs import check_outputs
from rcmvae_core.runtime.user_files import exists

_READ_ONLY = ("export", "log", "show")


def main(options: argparse.Namespace) -> int:
    """Run the subcommand and print its result."""
    part = options.resolved.one("data")
    dataset = load_dataset(part)
    data = identity(dataset)
    path = store_path(options, part, data, lambda: item_ids(dataset))
    if options.subcommand == "export":
        inputs = [options.run, path, *source_paths(part)]
        check_outputs([Path(options.file)], inputs, force=options.force)
    # Reading must not create an empty store.
    reads = options.subcommand in _READ_ONLY
    location = path if exists(path) or not reads else MEMORY
    with read_store(location, dataset) if reads else open_store(location, dataset) as store:
        print_diagnostics(store.warnings)
        call = Call(
            options, store, lambda: Items(item_ids(dataset), dataset.names), lambda: former_ids(dataset)
        )
        result = SUBCOMMANDS[options.subcommand](call)
        show(result.values, options, lambda _: "\n".join(map(printable, result.lines)))
    return 0
