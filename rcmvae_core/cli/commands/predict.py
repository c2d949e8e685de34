"""Predict the labels of inputs with the trained model of a run, with uncertainty and out-of-distribution scores."""

from __future__ import annotations

import argparse
from pathlib import Path

from rcmvae_core.cli.arguments import add_force, add_format
from rcmvae_core.cli.run_arguments import (
    add_allow_edited,
    add_analysis,
    add_run,
    add_seed,
    add_spreadsheet,
    check_spreadsheet,
    count_or_none,
)
from rcmvae_core.errors import fail
from rcmvae_core.runtime.outputs import check_outputs


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_run(parser, exported=True)
    add_allow_edited(parser)
    parser.add_argument(
        "data",
        nargs="*",
        metavar="DATA",
        help="folders of images, images, tables (.csv, .tsv, .parquet), .npy, .npz or IDX files, files that a data plugin "
        "of another package reads, or patterns such as 'new/*.png'; - reads their names from stdin",
    )
    parser.add_argument(
        "--split",
        choices=("train", "validation", "test"),
        help="predict a split of the run's own data instead of DATA",
    )
    parser.add_argument(
        "-o", "--out", type=Path, required=True, metavar="FILE", help="write a .csv, .parquet or .npz file"
    )
    parser.add_argument(
        "--array", metavar="NAME", help="the inputs of a .npz file (default: its only array, or x)"
    )
    parser.add_argument(
        "--labels",
        metavar="NAME|FILE",
        help="the true classes, for the accuracy: an array of the .npz file, a column of the .csv file, or another file",
    )
    add_seed(parser)
    parser.add_argument(
        "--samples",
        type=count_or_none,
        default=0,
        metavar="S",
        help="sample the channel and the latents of each input S times, for the epistemic uncertainty (default: 0)",
    )
    parser.add_argument(
        "--impute",
        type=Path,
        metavar="FILE",
        help="also write a .csv file of the inputs with their missing values replaced, and how uncertain each is",
    )
    add_force(parser)
    add_spreadsheet(parser)
    add_analysis(parser)
    add_format(parser)
    parser.set_defaults(action="rcmvae_core.cli.actions.predict:main")


def check(options: argparse.Namespace) -> None:
    """Check that the inputs are given once, that the output replaces nothing, and that every option has an effect.

    Raises:
        RcmvaeError: E424 if the inputs are not; E304 or E450 if the output does.
    """
    if bool(options.data) == (options.split is not None):
        help_ = ["rcmvae predict RUN DATA -o FILE, or rcmvae predict RUN --split test -o FILE"]
        fail("E424", "give either DATA or `--split`", help=help_)
    outputs = [path for path in (options.out, options.impute) if path is not None]
    check_outputs(outputs, [options.run], force=options.force)
    check_spreadsheet(options, options.out)
