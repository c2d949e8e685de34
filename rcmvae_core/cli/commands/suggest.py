"""Suggest which inputs of a run's data to label next: those from which the model can learn most.

Inputs that have a label in the run or in the label store are not suggested.
"""

from __future__ import annotations

import argparse

from rcmvae_core.cli.arguments import add_format
from rcmvae_core.cli.run_arguments import (
    add_allow_edited,
    add_analysis,
    add_count,
    add_draw,
    add_run,
    add_seed,
    add_store,
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_run(parser)
    add_allow_edited(parser)
    add_count(parser, "suggestions", 20)
    parser.add_argument(
        "--by",
        metavar="NAME",
        help="the acquisition: entropy (the default with a classifier), typical (the default without), margin, bald, ood, "
        "diverse, boundary, random or any other installed one",
    )
    add_store(parser)
    add_draw(parser)
    add_seed(parser)
    add_analysis(parser)
    add_format(parser)
    parser.set_defaults(action="rcmvae_core.cli.actions.suggest:main")
