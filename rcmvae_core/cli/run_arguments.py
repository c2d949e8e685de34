"""Declares the arguments of verbs that use a run or a number of items."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rcmvae_core.errors import Diagnostic, fail
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.rundir.saved_run import NAME, resolve_run
from rcmvae_core.spec.saved import Purpose


def add_run(parser: argparse.ArgumentParser, *, exported: bool = False) -> None:
    """Add the argument that names a run.

    Args:
        parser: of a verb.
        exported: whether a folder that `rcmvae export` wrote is accepted too.
    """
    help_ = "a run directory, or a folder that `rcmvae export` wrote" if exported else "a run directory"
    parser.add_argument("run", type=Path, metavar="RUN", help=help_)


def add_analysis(parser: argparse.ArgumentParser) -> None:
    """Add `--set` for what needs no training: scores, acquisitions and figures."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="settings",
        metavar="PATH=VALUE",
        help="override a value of a score, acquisition or figure, or add one, such as score.NAME={}; can be repeated",
    )


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
        "--draw", type=int, default=0, metavar="N", help="the seed of the random draws (default: 0)"
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


def count(text: str) -> int:
    """Parse a whole number, 1 or more."""
    return _at_least(text, 1)


def count_or_none(text: str) -> int:
    """Parse a whole number, 0 or more."""
    return _at_least(text, 0)


def _at_least(text: str, least: int) -> int:
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"expected an integer, {least} or more, got {text}")
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
