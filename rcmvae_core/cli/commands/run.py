"""Train the model of a spec; the last line of the output is the path of the report."""

from __future__ import annotations

import argparse
from pathlib import Path

from rcmvae_core.cli.arguments import add_events_format, add_processes, add_spec, check_processes, read
from rcmvae_core.cli.diagnostics import print_warnings
from rcmvae_core.errors import fail
from rcmvae_core.rundir import lockfile, verify_lock


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_spec(parser)
    parser.add_argument(
        "--seed", type=int, metavar="N", help="train only this seed; short for --set seeds=[N]"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="the run directory (default: runs/NAME-DATE-TIME)"
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="resume the run in --out if it is of this spec, or start it if there is none",
    )
    parser.add_argument(
        "--locked",
        action="store_true",
        help="train only if Python, packages, plugins and their files are those of a lock file",
    )
    parser.add_argument(
        "--lock-file",
        type=Path,
        metavar="FILE",
        help="the lock file of --locked (default: run.lock.toml beside the spec)",
    )
    add_processes(parser)
    parser.add_argument(
        "--dry-run", action="store_true", help="print shapes and parameter counts; train nothing"
    )
    add_events_format(parser)
    parser.set_defaults(action="rcmvae_core.cli.actions.run:main")


def check(options: argparse.Namespace) -> None:
    """Check the arguments, resolve the spec and compare it with the lock file."""
    if options.resume and options.out is None:
        fail("E410", "`--resume` needs the directory of the run", help=["give it with --out DIR"])
    if options.lock_file is not None and not options.locked:
        fail("E310", "`--lock-file` has no effect without `--locked`", help=["add --locked"])
    if options.coordinator_address and options.out is None:
        message = "several processes need one run directory"
        fail("E404", message, help=["give every process the same --out DIR"])
    check_processes(options)
    settings = list(options.settings)
    if options.seed is not None:
        settings.append(f"seeds=[{options.seed}]")
    options.resolved, options.registry = read(options.spec, settings)
    print_warnings(options.resolved.warnings, options.format)
    if options.locked:
        verify_lock.check(options.resolved, options.lock_file or options.spec.with_name(lockfile.NAME))
