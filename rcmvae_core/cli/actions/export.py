"""Exports the trained model of a run."""

from __future__ import annotations

import argparse

from rcmvae_core.cli.actions.load_run import load_run
from rcmvae_core.cli.output import show_files
from rcmvae_core.inference import export
from rcmvae_core.runtime.atomic_files import replacing


def main(options: argparse.Namespace) -> int:
    """Load the model and write the folder."""
    trained = load_run(options)
    with replacing(options.out) as partial:
        export.write(trained, partial)
    show_files(sorted(options.out.iterdir()), options)
    return 0
