"""Draw the report of a finished run again, with other figures if you like; the model is not run."""

from __future__ import annotations

import argparse

from rcmvae_core.cli.arguments import add_format
from rcmvae_core.cli.run_arguments import add_analysis, add_plugins, add_run, require_plugins, require_run
from rcmvae_core.errors import fail
from rcmvae_core.rundir.records import SUMMARY


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_run(parser)
    add_plugins(parser, "figure", "an installed figure besides those of the run")
    add_analysis(parser)
    add_format(parser)
    parser.set_defaults(action="rcmvae_core.cli.actions.report:main")


def check(options: argparse.Namespace) -> None:
    """Check that the run is done, and that the figures exist.

    Raises:
        RcmvaeError: E410 if it is not a run directory, E434 if it is not done, E108 for an unknown figure.
    """
    require_run(options.run)
    if not (options.run / SUMMARY).is_file():
        help_ = [f"finish it: rcmvae resume {options.run}"]
        fail("E434", f"`{options.run}` has no results: it is not done", help=help_)
    require_plugins(options, "figure")
