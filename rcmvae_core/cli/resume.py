"""Go on with a run that was interrupted, to the same numbers as if it never had been."""

from __future__ import annotations

import argparse
import gc
import json
from pathlib import Path

from rcmvae_core.cli.common import add_format, read, spec_of
from rcmvae_core.cli.output import complain
from rcmvae_core.cli.perform import perform, result
from rcmvae_core.errors import Diagnostic


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("run", type=Path, metavar="RUN", help="a run directory")
    parser.add_argument("--json", action="store_true", help="print events as lines of JSON on stdout")
    add_format(parser)


def main(options: argparse.Namespace) -> int:
    """Find out what the run is, then go on with it."""
    run: Path = options.run
    spec = spec_of(run)
    if _state(run) == "done":
        summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
        if options.json:
            finished = {"event": "finished", "report": str(run / "report.html"), "summary": summary}
            print(json.dumps(finished))
        else:
            print(f"{result(summary)}\nreport: {run / 'report.html'}")
            complain([Diagnostic("W410", f"`{run}` is done: there is nothing to go on with")])
        return 0
    resolved, registry = read(spec, ())
    complain(resolved.warnings, "github" if options.format == "github" else "text")
    from rcmvae_core.experiment import Request  # noqa: PLC0415

    gc.enable()
    return perform(Request(resolved, registry, run, resume=True), as_json=options.json)


def _state(run: Path) -> str:
    try:
        return json.loads((run / "status.json").read_text(encoding="utf-8"))["state"]
    except (OSError, ValueError, KeyError, TypeError):
        return "unknown"
