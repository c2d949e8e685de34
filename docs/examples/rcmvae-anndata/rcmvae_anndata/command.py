"""Provide the command `rcmvae-anndata`."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from rcmvae_core import Diagnostic, RcmvaeError, load

from rcmvae_anndata.simulated import simulate
from rcmvae_anndata.write import write


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: the command line without the name of the program; absent, that of the process.

    Returns:
        The exit code: 0 done, 2 wrong input.
    """
    options = _parser().parse_args(arguments)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: print(f"warning: {message}", file=sys.stderr)
            _run(options)
    except RcmvaeError as error:
        for diagnostic in error.diagnostics:
            _show(diagnostic)
        return error.exit_code
    return 0


def _run(options: argparse.Namespace) -> None:
    if options.verb == "simulate":
        simulate(options.file, cells=options.cells, seed=options.seed, force=options.force)
    else:
        write(load(options.run, warn=_show), options.file, options.out, _show, force=options.force)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("rcmvae-anndata", description="AnnData files for RCM-VAE.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("write", help="write what a model says of cells into a copy of their file")
    verb.add_argument("run", type=Path, help="a run directory, or a folder that `rcmvae export` wrote")
    verb.add_argument("file", type=Path, help="the .h5ad file")
    verb.add_argument("out", type=Path, help="the copy")
    verb.add_argument("--force", action="store_true", help="replace the copy if it exists")
    verb = verbs.add_parser("simulate", help="write a file of simulated cells, to try this package")
    verb.add_argument("file", type=Path, help="the .h5ad file to write")
    verb.add_argument("--cells", type=int, default=1200, help="the number of cells (default: 1200)")
    verb.add_argument("--seed", type=int, default=0, help="of the draw (default: 0)")
    verb.add_argument("--force", action="store_true", help="replace the file if it exists")
    return parser


def _show(diagnostic: Diagnostic) -> None:
    print(f"{diagnostic.severity}[{diagnostic.code}]: {diagnostic.message}", file=sys.stderr)
    for line in diagnostic.help:
        print(f"  = help: {line}", file=sys.stderr)
