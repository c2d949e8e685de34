"""Compares finished runs."""

from __future__ import annotations

import argparse
import json
from functools import partial

from rcmvae_core.cli.streams import print_document, print_lines
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.metric_declarations import result_meaning
from rcmvae_core.report.comparison import page
from rcmvae_core.report.comparison.compare import Comparison, compare
from rcmvae_core.report.comparison.runs import read_run
from rcmvae_core.report.comparison.tables import as_csv, as_json, as_markdown, as_text
from rcmvae_core.runtime.atomic_files import replace_file
from rcmvae_core.runtime.outputs import check_outputs

_FORMATS = {
    "text": as_text,
    "markdown": as_markdown,
    "csv": as_csv,
    "json": lambda comparison: json.dumps(as_json(comparison), indent=2),
}


def main(options: argparse.Namespace) -> int:
    """Compare the runs, print the tables and write the page."""
    if options.out is not None:
        check_outputs([options.out], options.runs, force=options.force)
    runs = [read_run(run) for run in options.runs]
    comparison: Comparison = compare(runs, options.metrics, partial(result_meaning, discover()))
    if options.out is not None:
        replace_file(options.out, page.render(comparison))
    print_document(_FORMATS[options.format](comparison) + "\n")
    if options.out is not None:
        print_lines([str(options.out)])
    return 0
