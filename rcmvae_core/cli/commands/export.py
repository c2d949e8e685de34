"""Export the trained model of a run: its weights, their description, and a program that predicts without this package."""

from __future__ import annotations

import argparse
from pathlib import Path

from rcmvae_core.cli.arguments import add_format
from rcmvae_core.cli.run_arguments import add_allow_edited, add_analysis, add_run, add_seed
from rcmvae_core.runtime.outputs import check_outputs


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_run(parser)
    add_allow_edited(parser)
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="write to this folder, which must not exist",
    )
    parser.add_argument(
        "--by",
        metavar="NAME",
        help="the exporter: npz or any other installed one (default: the format that predict and load read)",
    )
    add_seed(parser)
    add_analysis(parser)
    add_format(parser)
    parser.set_defaults(action="rcmvae_core.cli.actions.export:main")


def check(options: argparse.Namespace) -> None:
    """Check that the folder does not exist.

    Raises:
        RcmvaeError: E304 if it does, E450 if it is the run.
    """
    check_outputs([options.out], [options.run])
