"""Show the results of a run: its numbers, its warnings, where the report is, and what to do next."""

from __future__ import annotations

import argparse
from pathlib import Path

from rcmvae_core.cli.arguments import add_format
from rcmvae_core.cli.metric_lines import metric_lines
from rcmvae_core.cli.output import show
from rcmvae_core.cli.results import run_lines
from rcmvae_core.cli.run_arguments import add_run, require_run
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.rundir.listing import read_listed
from rcmvae_core.rundir.records import SUMMARY, read_summary


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_run(parser)
    parser.add_argument(
        "--metrics",
        action="store_true",
        help="print every metric of the spec, with unit, direction and meaning",
    )
    add_format(parser)


def main(options: argparse.Namespace) -> int:
    """Print the results.

    Raises:
        RcmvaeError: E410 if it is not a run directory, E440 if its summary cannot be read.
    """
    run: Path = options.run
    require_run(run)
    listed = read_listed(run)
    summary = read_summary(run) if (run / SUMMARY).is_file() else None
    metrics = metric_lines(summary, discover()) if options.metrics and summary is not None else []
    values = {**listed.as_json(), "summary": summary}
    show(values, options, lambda _: "\n".join(run_lines(listed, summary, metrics)))
    return 0
