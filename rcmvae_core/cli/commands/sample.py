"""Generate images with the trained model of a run: of a class, of a channel, or along the latent dimensions."""

from __future__ import annotations

import argparse
from pathlib import Path

from rcmvae_core.cli.arguments import add_format, add_run, add_seed, count
from rcmvae_core.errors import fail


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_run(parser, exported=True)
    parser.add_argument("--label", metavar="Y", help="a class, by its name or number")
    parser.add_argument("--channel", type=int, metavar="C", help="a channel, from 0")
    parser.add_argument(
        "--traverse",
        action="store_true",
        help="a row per latent dimension, from -3 to 3 standard deviations of the prior, in --channel, or else in the "
        "most likely channel",
    )
    parser.add_argument(
        "-n", "--n", type=count, default=64, dest="count", metavar="N", help="how many (default: 64)"
    )
    add_seed(parser, default="its first")
    parser.add_argument(
        "--draw", type=int, default=0, metavar="N", help="the seed of the random draws (default: 0)"
    )
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        required=True,
        metavar="PREFIX",
        help="write PREFIX.npz, and for images PREFIX.png",
    )
    add_format(parser)
    parser.set_defaults(action="rcmvae_core.cli.actions.sample:main")


def check(options: argparse.Namespace) -> None:
    """Check that the options do not exclude each other."""
    if options.label is not None and (options.channel is not None or options.traverse):
        help_ = ["give --channel alone; with --label the channels of the class are drawn"]
        fail("E424", "`--label` cannot be combined with `--channel` or `--traverse`", help=help_)
