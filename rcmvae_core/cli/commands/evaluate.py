"""Evaluate a run's model: accuracy and calibration on its test data, and detection of out-of-distribution inputs."""

from __future__ import annotations

import argparse
from pathlib import Path

from rcmvae_core.cli.arguments import add_format
from rcmvae_core.cli.run_arguments import add_run, add_seed


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_run(parser)
    parser.add_argument(
        "--against",
        metavar="DATA",
        help="out-of-distribution inputs: a folder of images, a .npy, .npz, .csv or IDX file, or the name of a data "
        "plugin (default: the classes that the run held out)",
    )
    parser.add_argument(
        "--array", metavar="NAME", help="the inputs of a .npz file (default: its only array, or x)"
    )
    add_seed(parser)
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        metavar="DIR",
        help="write evaluation.json and figures (SVG and PNG) to this folder",
    )
    add_format(parser)
    parser.set_defaults(action="rcmvae_core.cli.actions.evaluate:main")
