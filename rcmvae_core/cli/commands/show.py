"""Show the results of a run: its numbers, its warnings, where the report is, and what to do next."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rcmvae_core.cli.arguments import add_format
from rcmvae_core.cli.diagnostics import printable
from rcmvae_core.cli.output import result_line, show
from rcmvae_core.cli.run_arguments import add_run, require_run
from rcmvae_core.rundir.listing import ListedRun, read_listed
from rcmvae_core.rundir.records import SUMMARY, read_summary

_NEXT = {
    "done": ("rcmvae predict {run} FILE -o predictions.csv", "use the model"),
    "interrupted": ("rcmvae resume {run}", "continue"),
    "failed": ("rcmvae resume {run}", "try again from the last checkpoint"),
    "unknown": ("rcmvae resume {run}", "continue from the last checkpoint"),
}
_MEANINGS: Mapping[str, str] = {
    "accuracy": "share of test inputs whose class is predicted right",
    "balanced_accuracy": "mean over classes of the share that is predicted right",
    "elbo": "nats per test input; higher is better, comparable between models with the same head",
    "active_channels": "channels in use",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_run(parser)
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
    show({**listed.as_json(), "summary": summary}, options, lambda _: "\n".join(_lines(listed, summary)))
    return 0


def _lines(run: ListedRun, summary: Mapping[str, Any] | None) -> Iterator[str]:
    time = f" since {run.time}" if run.time else ""
    yield printable(f"{run.name}: {run.state}{time}")
    if run.reason:
        yield printable(run.reason)
    if summary is not None:
        yield printable(result_line(summary)).replace("\\n", "\n")
        yield from _metrics(summary)
        for warning in summary.get("warnings", ()):
            yield printable(f"warning: {warning}")
    report = run.path / "report.html"
    if report.is_file():
        yield printable(f"report: {report}")
    if run.state in _NEXT:
        command, why = _NEXT[run.state]
        yield printable(f"next: {command.format(run=run.path)}  ({why})")


def _metrics(summary: Mapping[str, Any]) -> Iterator[str]:
    mean, std, seeds = summary["mean"]["test"], summary["std"]["test"], len(summary["seeds"])
    for name, meaning in _MEANINGS.items():
        if name in mean:
            spread = f" ± {std[name]:.4f}" if seeds > 1 else ""
            yield f"  {name:<18} {mean[name]:.4f}{spread}  {meaning}"
