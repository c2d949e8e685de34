"""Draws the report of a run again."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli

from rcmvae_core.cli.actions.load_run import check_settings
from rcmvae_core.cli.diagnostics import print_warnings
from rcmvae_core.cli.output import show_files
from rcmvae_core.cli.run_arguments import added
from rcmvae_core.errors import Diagnostic
from rcmvae_core.experiment.report_writer import write_report
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.rundir import lockfile, spec_file
from rcmvae_core.rundir.directory import RunDirectory
from rcmvae_core.rundir.records import SUMMARY
from rcmvae_core.rundir.report_data import read_report_data
from rcmvae_core.rundir.saved_run import resolve_run
from rcmvae_core.rundir.unfinished import read_unfinished
from rcmvae_core.runtime.records import fail_record, read_bytes


def main(options: argparse.Namespace) -> int:
    """Read what the run has written, draw the figures and write the page."""
    run, registry = options.run, discover()
    check_settings(options.settings)
    resolved, changes = resolve_run(
        run, registry, "report", [*added("figure", options.figures), *options.settings]
    )
    is_done = (run / SUMMARY).is_file()
    data = read_report_data(run) if is_done else read_unfinished(run, resolved.seeds)
    warnings: Any = data[0].summary.get("warnings", ())
    drawn: list[Diagnostic] = []
    with RunDirectory(run, resume=True) as directory:
        page = write_report(
            resolved,
            registry.kinds,
            directory,
            data,
            spec_text=(run / spec_file.NAME).read_text(encoding="utf-8"),
            environment=_environment(run),
            warnings=[str(line) for line in warnings],
            warn=drawn.append,
        )
    print_warnings([*changes, *drawn], options.format)
    show_files([page], options)
    return 0


def _environment(run: Path) -> Mapping[str, Any]:
    """Return versions and platform of the run, as its lock file has them."""
    path = run / lockfile.NAME
    try:
        lock = tomli.loads(read_bytes(path).decode("utf-8")) if path.exists() else {}
    except (ValueError, RecursionError) as error:
        fail_record(path, error)
    unknown = dict.fromkeys(("python", "platform", "backend"), "unknown")
    return {"versions": {}, **unknown, **lock}
