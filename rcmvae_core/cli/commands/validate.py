"""Check a spec against the installed plugins, and report every error; nothing is trained."""

from __future__ import annotations

import argparse
import atexit
import gc

from rcmvae_core.cli.arguments import add_format, add_spec, read
from rcmvae_core.cli.diagnostics import print_diagnostics


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_spec(parser)
    add_format(parser, "json", "github")


def main(options: argparse.Namespace) -> int:
    """Resolve the spec, which raises its errors, and print its warnings."""
    # At exit Python collects garbage once more, in every class and module: a tenth of the time of this verb.
    atexit.register(gc.freeze)
    resolved, _ = read(options.spec, options.settings)
    if resolved.warnings or options.format == "json":
        print_diagnostics(resolved.warnings, options.format)
    if options.format == "text":
        print(f"{options.spec}: valid")
    return 0
