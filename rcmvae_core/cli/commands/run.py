"""Train the model of a spec; the last line of the output is the path of the report."""

from __future__ import annotations

import argparse
from pathlib import Path

from rcmvae_core.cli.arguments import add_events_format, add_spec, read
from rcmvae_core.cli.diagnostics import print_warnings
from rcmvae_core.errors import fail
from rcmvae_core.rundir import lockfile, verify_lock
from rcmvae_core.spec.saved import Saved


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_spec(parser)
    parser.add_argument(
        "--seed", type=int, metavar="N", help="train this seed only; short for --set seeds=[N]"
    )
    parser.add_argument(
        "-o", "--out", type=Path, metavar="DIR", help="the run directory (default: runs/NAME-DATE-TIME)"
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="resume the run in --out, or start one if there is none",
    )
    parser.add_argument(
        "--locked",
        action="store_true",
        help="train only if Python, packages and plugins are those of a lock file",
    )
    parser.add_argument(
        "--lock-file",
        type=Path,
        metavar="FILE",
        help="the lock file of --locked (default: run.lock.toml beside the spec)",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="print shapes and parameter counts, without training"
    )
    add_events_format(parser)
    _add_processes(parser)
    parser.set_defaults(action="rcmvae_core.cli.actions.run:main")


def _add_processes(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that make this process one of several; their names are those of JAX."""
    group = parser.add_argument_group("several processes")
    group.add_argument("--coordinator-address", metavar="HOST:PORT", help="the address of the first process")
    group.add_argument("--num-processes", type=int, metavar="N", help="the number of processes")
    group.add_argument("--process-id", type=int, metavar="I", help="the id of this process, from 0")


def check(options: argparse.Namespace) -> None:
    """Check the arguments, resolve the spec and compare it with the lock file.

    Raises:
        RcmvaeError: E310, E404 or E410 if arguments do not go together, E310 or E311 if the lock file cannot be read or
            does not match; the errors of the spec.
    """
    if options.resume and options.out is None:
        fail("E410", "`--resume` needs the directory of the run", help=["give it with --out DIR"])
    if options.lock_file is not None and not options.locked:
        fail("E310", "`--lock-file` has no effect without `--locked`", help=["add --locked"])
    if options.coordinator_address and options.out is None:
        message = "several processes need one run directory"
        fail("E404", message, help=["give every process the same --out DIR"])
    _check_processes(options)
    settings = list(options.settings)
    if options.seed is not None:
        settings.append(f"seeds=[{options.seed}]")
    lock_file = options.lock_file or options.spec.parent / lockfile.NAME
    # A name that another package claims by now is that of the locked one.
    saved = Saved(verify_lock.locked_distributions(lock_file), "everything") if options.locked else None
    options.resolved, options.registry = read(options.spec, settings, saved=saved)
    print_warnings(options.resolved.warnings, options.format)
    if options.locked:
        verify_lock.check(options.resolved, lock_file)


def _check_processes(options: argparse.Namespace) -> None:
    """Check that the arguments of several processes are given together.

    Raises:
        RcmvaeError: E404 if one is missing, or the id of the process is out of range.
    """
    values = (options.coordinator_address, options.num_processes, options.process_id)
    if all(value is None for value in values):
        return
    if None in values or not 0 <= options.process_id < options.num_processes:
        message = (
            "`--coordinator-address`, `--num-processes` and `--process-id` must be given together, "
            "with process ids from 0"
        )
        fail("E404", message, help=["see `rcmvae explain E404`"])
