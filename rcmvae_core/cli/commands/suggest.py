"""Suggest which inputs of a run's data to label next: those from which the model can learn most."""

from __future__ import annotations

import argparse
from pathlib import Path

from rcmvae_core.cli.arguments import add_format, add_run, add_seed, count


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_run(parser)
    parser.add_argument(
        "-n", type=count, default=20, dest="count", metavar="N", help="how many (default: 20)"
    )
    parser.add_argument(
        "--by",
        default="entropy",
        metavar="NAME",
        help="an acquisition of the spec, such as entropy (the default), margin, bald, ood, diverse, typical, boundary "
        "or random",
    )
    parser.add_argument(
        "--store",
        type=Path,
        metavar="PATH",
        help="the label store whose items are left out (default: that of `rcmvae label`)",
    )
    parser.add_argument(
        "--draw", type=int, default=0, metavar="N", help="the seed of the random draws (default: 0)"
    )
    add_seed(parser)
    add_format(parser)
    parser.set_defaults(action="rcmvae_core.cli.actions.suggest:main")
