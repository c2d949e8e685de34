"""Generate inputs with the trained model of a run: of a class, of a channel, or along the latent dimensions."""

from __future__ import annotations

import argparse
from pathlib import Path

from rcmvae_core.cli.arguments import add_force, add_format
from rcmvae_core.cli.run_arguments import (
    add_allow_edited,
    add_count,
    add_draw,
    add_run,
    add_seed,
    add_spreadsheet,
)
from rcmvae_core.errors import fail


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_run(parser, exported=True)
    add_allow_edited(parser)
    parser.add_argument("--label", metavar="Y", help="a class, by its name or number")
    parser.add_argument("--channel", type=int, metavar="C", help="a channel, from 0")
    parser.add_argument(
        "--traverse",
        action="store_true",
        help="vary one latent dimension per row, from -3 to 3 standard deviations of the prior, in the channel of "
        "--channel, or else in the most probable channel",
    )
    add_count(parser, "samples", 64)
    add_seed(parser, default="the first seed")
    add_draw(parser)
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        required=True,
        metavar="PREFIX",
        help="write PREFIX.npz, for images also PREFIX.png, for a table also PREFIX.csv",
    )
    add_force(parser)
    add_spreadsheet(parser)
    add_format(parser)
    parser.set_defaults(action="rcmvae_core.cli.actions.sample:main")


def check(options: argparse.Namespace) -> None:
    """Check that the options do not exclude each other.

    Raises:
        RcmvaeError: E424 if they do.
    """
    if options.label is not None and (options.channel is not None or options.traverse):
        help_ = [
            "give --channel or --traverse without --label; with --label the channels of the class are drawn"
        ]
        fail("E424", "`--label` cannot be combined with `--channel` or `--traverse`", help=help_)
