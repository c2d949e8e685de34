"""Resume an interrupted run; its results are the same as without the interruption."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from rcmvae_core.cli.arguments import add_events_format
from rcmvae_core.cli.diagnostics import print_warnings
from rcmvae_core.cli.output import result_line
from rcmvae_core.cli.run_arguments import add_run, read_run, require_run
from rcmvae_core.errors import Diagnostic


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_run(parser)
    add_events_format(parser)
    parser.set_defaults(action="rcmvae_core.cli.actions.resume:main")


def check(options: argparse.Namespace) -> None:
    """Check whether the run is done, and resolve its spec if it is not.

    Raises:
        RcmvaeError: E410 if it is not a run directory; the errors of its spec.
    """
    require_run(options.run)
    if _state(options.run) == "done":
        options.action = None
        return
    options.resolved, options.registry, warnings = read_run(options.run, "training")
    print_warnings(warnings, options.format)


def main(options: argparse.Namespace) -> int:
    """Print the results of a run that is done."""
    run: Path = options.run
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    if options.format == "jsonl":
        print(json.dumps({"event": "finished", "report": str(run / "report.html"), "summary": summary}))
        return 0
    print(f"{result_line(summary)}\nreport: {run / 'report.html'}")
    print_warnings([Diagnostic("W410", f"`{run}` is done: nothing is left to resume")], options.format)
    return 0


def _state(run: Path) -> str:
    try:
        return json.loads((run / "status.json").read_text(encoding="utf-8"))["state"]
    except (OSError, ValueError, KeyError, TypeError):
        return "unknown"
