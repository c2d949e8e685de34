"""Check a spec against the installed plugins, and with --data against its data; nothing is trained."""

from __future__ import annotations

import argparse
import atexit
import gc
from importlib import import_module

from rcmvae_core.cli.arguments import add_format, add_spec, read
from rcmvae_core.cli.diagnostics import print_diagnostics
from rcmvae_core.cli.streams import print_result, printable


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_spec(parser)
    parser.add_argument(
        "--data", action="store_true", help="read the data too, and find what a run would stop at or warn of"
    )
    add_format(parser, "json", "github")


def main(options: argparse.Namespace) -> int:
    """Resolve the spec and, if asked, read its data, which raise their errors; print warnings."""
    # At exit Python collects garbage once more, in every class and module: a tenth of the time of this verb.
    atexit.register(gc.freeze)
    resolved, _ = read(options.spec, options.settings)
    warnings = resolved.warnings
    if options.data:
        # Reading data needs JAX and the plugins, which a check of the spec alone does without.
        warnings += import_module("rcmvae_core.cli.actions.validate_data").check(resolved)
    if warnings or options.format == "json":
        print_diagnostics(warnings, options.format)
    if options.format == "text":
        print_result(printable(f"{options.spec}: valid"))
    return 0
