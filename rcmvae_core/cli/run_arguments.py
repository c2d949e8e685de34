"""Declares the arguments of verbs that use a run or a number of items."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rcmvae_core.errors import Diagnostic, RcmvaeError, fail
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.rundir.saved_run import NAME, resolve_run
from rcmvae_core.spec.messages import unknown_plugin
from rcmvae_core.spec.saved import Purpose

MAX_COUNT = 2**31 - 1
"""The largest number of items: what JAX and SQLite can count to on every machine."""
_MAX_SEED = 2**32 - 1
_SHOWN = 40
"""Characters of a wrong argument that a message shows."""


def add_run(parser: argparse.ArgumentParser, *, exported: bool = False) -> None:
    """Add the argument that names a run.

    Args:
        parser: of a verb.
        exported: whether a folder that `rcmvae export` wrote is accepted too.
    """
    help_ = "a run directory, or a folder that `rcmvae export` wrote" if exported else "a run directory"
    parser.add_argument("run", type=Path, metavar="RUN", help=help_)


def add_allow_edited(parser: argparse.ArgumentParser) -> None:
    """Add `--allow-edited`, which has the same meaning for every verb that loads a run or an export."""
    parser.add_argument(
        "--allow-edited",
        action="store_true",
        help="use files that were edited since the model was trained or exported, with a warning",
    )


def add_analysis(parser: argparse.ArgumentParser) -> None:
    """Add `--set` for what needs no training: scores, calibrators, acquisitions, projections and figures."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="settings",
        metavar="PATH=VALUE",
        help="override a value of a score, calibrator, acquisition, projection or figure, or add one, such as score.NAME={}; can be repeated",
    )


def add_plugins(parser: argparse.ArgumentParser, kind: str, help_: str) -> None:
    """Add `--KIND NAME`, which can be repeated, as `options.KINDs`.

    Args:
        parser: of a verb.
        kind: of the plugins.
        help_: what they are for.
    """
    parser.add_argument(
        f"--{kind}",
        action="append",
        default=[],
        dest=f"{kind}s",
        metavar="NAME",
        help=f"{help_}; can be repeated",
    )


def require_plugins(options: argparse.Namespace, *kinds: str) -> None:
    """Check that the plugins of `add_plugins` are installed.

    Raises:
        RcmvaeError: E108 for each that is not.
    """
    registry = discover()
    named = [(kind, name) for kind in kinds for name in getattr(options, f"{kind}s")]
    unknown = [unknown_plugin(*each, registry) for each in named if not registry.claims(*each)]
    if unknown:
        raise RcmvaeError(unknown)


def add_seed(parser: argparse.ArgumentParser, *, default: str = "all seeds") -> None:
    """Add `--seed`, which selects a seed of the run.

    Args:
        parser: of a verb.
        default: what is used without it, for the help.
    """
    parser.add_argument(
        "--seed", type=int, metavar="N", help=f"use this seed of the run (default: {default})"
    )


def add_draw(parser: argparse.ArgumentParser) -> None:
    """Add `--draw`, the seed of random draws; `--seed` is taken."""
    parser.add_argument(
        "--draw", type=draw_seed, default=0, metavar="N", help="the seed of the random draws (default: 0)"
    )


def add_count(parser: argparse.ArgumentParser, noun: str, default: int) -> None:
    """Add `-n`, a number of items, as `options.count`.

    Args:
        parser: of a verb.
        noun: the items, in the plural.
        default: how many without it.
    """
    help_ = f"the number of {noun} (default: {default})"
    parser.add_argument("-n", "--n", type=count, default=default, dest="count", metavar="N", help=help_)


def add_store(parser: argparse.ArgumentParser, *, default: Any = None) -> None:
    """Add `--store`, the path of a label store.

    Args:
        parser: of a verb or of a subcommand.
        default: `argparse.SUPPRESS` for a subcommand whose verb has the option too.
    """
    help_ = "the label store (default: that of the spec, or else the one beside the run)"
    parser.add_argument("--store", type=Path, default=default, metavar="PATH", help=help_)


def add_spreadsheet(parser: argparse.ArgumentParser, *, reads: bool = False) -> None:
    """Add `--spreadsheet`, for CSV files that are opened in a spreadsheet.

    Args:
        parser: of a verb or of a subcommand.
        reads: whether it reads such a file.
    """
    help_ = (
        "in a .csv file put an apostrophe before names that a spreadsheet would run as a formula, such as =x"
    )
    if reads:
        help_ = "read a .csv file that was written with --spreadsheet"
    parser.add_argument("--spreadsheet", action="store_true", help=help_)


def check_spreadsheet(options: argparse.Namespace, path: Path) -> None:
    """Check that `--spreadsheet` has a CSV file to act on.

    Raises:
        RcmvaeError: E424 if it has none.
    """
    if getattr(options, "spreadsheet", False) and path.suffix != ".csv":
        help_ = ["give a .csv file, or leave it out"]
        fail("E424", f"`--spreadsheet` has no effect on `{path.name}`, which is not CSV", help=help_)


def count(text: str) -> int:
    """Parse a whole number, 1 or more."""
    return _integer(text, 1, MAX_COUNT)


def count_or_none(text: str) -> int:
    """Parse a whole number, 0 or more."""
    return _integer(text, 0, MAX_COUNT)


def draw_seed(text: str) -> int:
    """Parse the seed of random draws, which is in the range of the seeds of a spec."""
    return _integer(text, 0, _MAX_SEED)


def _integer(text: str, least: int, most: int) -> int:
    is_short = len(text) <= len(str(most))  # Python parses no more than 4,300 digits
    if not text.isdecimal() or not is_short or not least <= int(text) <= most:
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
        raise argparse.ArgumentTypeError(f"expected an integer of {least} to {most}, got {shown}")
    return int(text)


def added(kind: str, names: Sequence[str]) -> list[str]:
    """Return settings that add plugins to a spec, with their defaults unless the spec has them already.

    Args:
        kind: their kind.
        names: their names; unknown ones are left out, so that the verb can report them.
    """
    registry = discover()
    return [f"{kind}.{name}={{}}" for name in names if registry.claims(kind, name)]


def require_run(run: Path) -> None:
    """Check that a folder is a run directory.

    Raises:
        RcmvaeError: E410 if it is not.
    """
    if not (run / NAME).is_file():
        message = f"`{run}` is not a run directory: it has no `{NAME}`"
        fail("E410", message, help=["give a folder that `rcmvae run` wrote"])


def read_run(
    run: Path, purpose: Purpose, settings: Sequence[str] = ()
) -> tuple[ResolvedSpec, Registry, tuple[Diagnostic, ...]]:
    """Read and resolve the spec of a run directory.

    Args:
        run: the run directory.
        purpose: what it is read for.
        settings: `--set` arguments.

    Returns:
        The resolved spec, the registry it was resolved with, and warnings.

    Raises:
        RcmvaeError: E410 if it is not a run directory; the errors of its spec.
    """
    require_run(run)
    registry = discover()
    resolved, changes = resolve_run(run, registry, purpose, settings)
    return resolved, registry, (*resolved.warnings, *changes)
