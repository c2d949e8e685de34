"""Draw the report of a finished run again, with other figures if you like; the model is not run."""

from __future__ import annotations

import argparse

from rcmvae_core.cli.arguments import add_format
from rcmvae_core.cli.run_arguments import add_analysis, add_run, require_run
from rcmvae_core.errors import RcmvaeError, fail
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.rundir.records import SUMMARY
from rcmvae_core.spec.messages import unknown_plugin


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_run(parser)
    parser.add_argument(
        "--figure",
        action="append",
        default=[],
        dest="figures",
        metavar="NAME",
        help="an installed figure besides those of the run; can be repeated",
    )
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
    registry = discover()
    unknown = [name for name in options.figures if not registry.claims("figure", name)]
    if unknown:
        raise RcmvaeError([unknown_plugin("figure", name, registry) for name in unknown])
