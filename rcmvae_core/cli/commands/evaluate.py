"""Evaluate a run's model: accuracy and calibration on its test data, and detection of out-of-distribution inputs."""

from __future__ import annotations

import argparse
from pathlib import Path

from rcmvae_core.cli.arguments import add_force, add_format
from rcmvae_core.cli.run_arguments import (
    add_allow_edited,
    add_analysis,
    add_plugins,
    add_run,
    add_seed,
    require_plugins,
)
from rcmvae_core.errors import fail


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_run(parser)
    add_allow_edited(parser)
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
    add_plugins(parser, "score", "an installed score besides those of the run")
    add_plugins(parser, "figure", "an installed figure to draw besides those of predictions")
    add_analysis(parser)
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        metavar="DIR",
        help="write evaluation.json and figures (SVG and PNG) to this folder",
    )
    add_force(parser)
    add_format(parser)
    parser.set_defaults(action="rcmvae_core.cli.actions.evaluate:main")


def check(options: argparse.Namespace) -> None:
    """Check that figures have a folder, and that the plugins exist.

    Raises:
        RcmvaeError: E424 without `--out`, E108 for an unknown plugin.
    """
    if options.figures and options.out is None:
        fail("E424", "`--figure` needs a folder to write to", help=["give it with --out DIR"])
    require_plugins(options, "score", "figure")
