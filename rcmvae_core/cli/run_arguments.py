"""Declares the arguments of verbs that use a run or a number of items."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rcmvae_core.errors import fail


def add_run(parser: argparse.ArgumentParser, *, exported: bool = False) -> None:
    """Add the argument that names a run.

    Args:
        parser: of a verb.
        exported: whether a folder that `rcmvae export` wrote is accepted too.
    """
    help_ = "a run directory, or a folder that `rcmvae export` wrote" if exported else "a run directory"
    parser.add_argument("run", type=Path, metavar="RUN", help=help_)


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


def spec_of(run: Path) -> Path:
    """Return the path of the spec in a run directory.

    Raises:
        RcmvaeError: E410 if it is not a run directory.
    """
    if not (run / "spec.toml").is_file():
        message = f"`{run}` is not a run directory: it has no `spec.toml`"
        fail("E410", message, help=["give a folder that `rcmvae run` wrote"])
    return run / "spec.toml"
