"""Checks plugins against the contract of their kind, for `rcmvae plugins check`."""

from __future__ import annotations

import argparse
import json

from rcmvae_core.cli.streams import print_result
from rcmvae_core.testing import Report, check_plugin


def main(options: argparse.Namespace) -> int:
    """Check each chosen plugin and print a report; the exit code is 1 if a check fails."""
    reports: list[Report] = []
    for registered in options.chosen:
        plugin = registered.plugin
        report = check_plugin(plugin.kind, plugin.name, registry=options.registry, values=options.parameters)
        reports.append(report)
        if options.format == "text":  # at once, because each takes seconds
            print_result(str(report), flush=True)
    passed = all(report.passed for report in reports)
    if options.format != "text":
        print_result(
            json.dumps({"passed": passed, "reports": [report.as_json() for report in reports]}, indent=2)
        )
    return 0 if passed else 1
