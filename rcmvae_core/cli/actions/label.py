"""Opens the label store of a run's data, and runs a subcommand of `rcmvae label` on it."""

from __future__ import annotations

import argparse
from pathlib import Path

from rcmvae_core.cli.actions.label_subcommands import SUBCOMMANDS, Call
from rcmvae_core.cli.diagnostics import print_diagnostics, printable
from rcmvae_core.cli.output import show
from rcmvae_core.data.dataset import load_dataset
from rcmvae_core.data.fingerprint import item_ids
from rcmvae_core.data.label_overlay import identity
from rcmvae_core.labels.items import Items
from rcmvae_core.labels.store import MEMORY, LabelStore
from rcmvae_core.labels.store_path import default_path

_READ_ONLY = ("export", "log", "show")


def main(options: argparse.Namespace) -> int:
    """Run the subcommand and print its result."""
    part = options.resolved.one("data")
    dataset = load_dataset(part)
    data = identity(dataset)
    of_spec = part.keys.label_store
    path: Path = options.store or (Path(of_spec) if of_spec else default_path(options.run, part.name, data))
    # Reading must not create an empty store.
    location = path if path.exists() or options.subcommand not in _READ_ONLY else MEMORY
    with LabelStore(location, data) as store:
        print_diagnostics(store.warnings)
        call = Call(options, store, lambda: Items(item_ids(dataset)))
        result = SUBCOMMANDS[options.subcommand](call)
        show(result.values, options, lambda _: "\n".join(map(printable, result.lines)))
    return 0
