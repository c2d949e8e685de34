"""Check a spec against what is installed, and report every fault at once; nothing is trained."""

from __future__ import annotations

import argparse
import atexit
import gc

from rcmvae_core.cli.common import add_spec, read
from rcmvae_core.cli.output import complain


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_spec(parser)


def main(options: argparse.Namespace) -> int:
    """Validate; faults are raised, warnings printed."""
    # At its end Python looks for garbage once more, in every class and module, for a tenth of this verb's time.
    atexit.register(gc.freeze)
    resolved, _ = read(options.spec, options.settings)
    if resolved.warnings or options.format == "json":
        complain(resolved.warnings, options.format)
    if options.format == "text":
        print(f"{options.spec}: valid")
    return 0
