"""Resume an interrupted run; its results are the same as without the interruption."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from rcmvae_core.cli.arguments import add_events_format
from rcmvae_core.cli.diagnostics import print_warnings
from rcmvae_core.cli.results import finished_lines
from rcmvae_core.cli.run_arguments import add_allow_edited, add_run, read_run, require_run
from rcmvae_core.cli.streams import print_result
from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.rundir.records import read_state, read_summary


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_run(parser)
    add_allow_edited(parser)
    add_events_format(parser)
    parser.set_defaults(action="rcmvae_core.cli.actions.resume:main")


def check(options: argparse.Namespace) -> None:
    """Check whether the run is done, and resolve its spec if it is not.

    Raises:
        RcmvaeError: E410 if it is not a run directory; the errors of its spec.
    """
    require_run(options.run)
    if read_state(options.run) == "done":
        try:
            options.summary = read_summary(options.run)
        except RcmvaeError as error:
            message = f"{error.diagnostics[0].message}; it is made again from the checkpoints"
            print_warnings([Diagnostic("W441", message)], options.format)
        else:
            options.action = None
            return
    options.resolved, options.registry, warnings = read_run(options.run, "training")
    print_warnings(warnings, options.format)


def main(options: argparse.Namespace) -> int:
    """Print the results of a run that is done."""
    run: Path = options.run
    summary: dict[str, Any] = options.summary
    if options.format == "jsonl":
        print_result(
            json.dumps({"event": "finished", "report": str(run / "report.html"), "summary": summary})
        )
        return 0
    print_result("\n".join(finished_lines(summary, run)))
    print_warnings([Diagnostic("W410", f"`{run}` is done: nothing is left to resume")], options.format)
    return 0
