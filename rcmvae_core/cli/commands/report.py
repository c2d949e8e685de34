"""Draw the report of a run again, with other figures if you like, or one that is not finished; the model is not run."""

from __future__ import annotations

import argparse

from rcmvae_core.cli.arguments import add_format
from rcmvae_core.cli.run_arguments import add_analysis, add_plugins, add_run, require_plugins, require_run


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_run(parser)
    add_plugins(parser, "figure", "an installed figure besides those of the run")
    add_analysis(parser)
    add_format(parser)
    parser.set_defaults(action="rcmvae_core.cli.actions.report:main")


def check(options: argparse.Namespace) -> None:
    """Check that it is a run, and that the figures exist.

    Raises:
        RcmvaeError: E410 if it is not a run directory, E108 for an unknown figure.
    """
    require_run(options.run)
    require_plugins(options, "figure")
