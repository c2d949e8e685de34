"""Train a run again with the current labels: a new model, or with --warm-start the trained one."""

from __future__ import annotations

import argparse
from pathlib import Path

from rcmvae_core.cli.arguments import add_events_format, add_settings
from rcmvae_core.cli.run_arguments import add_allow_edited, add_run, add_store, count, read_run, require_run
from rcmvae_core.errors import fail

WARM_EPOCHS = 10
"""Epochs that a trained model is trained for in addition."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_run(parser)
    add_allow_edited(parser)
    parser.add_argument(
        "--epochs",
        type=count,
        metavar="N",
        help=f"the number of epochs (default: that of the run; {WARM_EPOCHS} more with --warm-start)",
    )
    parser.add_argument(
        "--warm-start",
        action="store_true",
        help="continue with the model of the run, which is quicker; a new class claims free channels",
    )
    parser.add_argument(
        "-o", "--out", type=Path, metavar="DIR", help="the new run directory (default: runs/NAME-DATE-TIME)"
    )
    add_store(parser)
    add_settings(parser)
    add_events_format(parser)
    parser.set_defaults(action="rcmvae_core.cli.actions.learn:main")


def check(options: argparse.Namespace) -> None:
    """Check the directories and the settings.

    Raises:
        RcmvaeError: E410 if a directory is unsuitable; the errors of the spec.
    """
    require_run(options.run)
    if options.out is not None and options.out.resolve() == options.run.resolve():
        message = f"`{options.run}` is the run to learn from, and is not changed"
        fail("E410", message, help=["choose another --out DIR"])
    options.resolved, _, _ = read_run(options.run, "training", options.settings)
