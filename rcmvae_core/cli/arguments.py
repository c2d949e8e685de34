"""Declares the arguments that several verbs share, and reads the specs that they name."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from rcmvae_core.cli.streams import printable
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.spec.normalise import read_tree as read_spec_tree
from rcmvae_core.spec.resolve import resolve_file, resolve_tree
from rcmvae_core.spec.saved import Saved
from rcmvae_core.spec.tree import Node


class HelpFormatter(argparse.HelpFormatter):
    """Wraps each paragraph of a description separately, and keeps paragraphs that start with spaces unchanged."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        fill = super()._fill_text
        paragraphs = text.strip().split("\n\n")
        return "\n\n".join(each if each.startswith(" ") else fill(each, width, indent) for each in paragraphs)


class Parser(argparse.ArgumentParser):
    """Escapes the control characters of arguments that it refuses."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and a message, and exit."""
        super().error(printable(message))


def add_subcommand(
    subparsers: Any, name: str, summary: str, *, description: str = ""
) -> argparse.ArgumentParser:
    """Add a subcommand to a verb.

    Args:
        subparsers: as `ArgumentParser.add_subparsers` returns them.
        name: the name of the subcommand.
        summary: one line in lower case, for the help of the verb.
        description: for the help of the subcommand (default: the summary).

    Returns:
        The parser of the subcommand.
    """
    return subparsers.add_parser(
        name,
        help=summary,
        description=description or f"{summary[0].upper()}{summary[1:]}.",
        formatter_class=HelpFormatter,
        allow_abbrev=False,
    )


def add_spec(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that name a spec and override its values."""
    parser.add_argument("spec", type=Path, metavar="SPEC", help="a TOML file")
    add_settings(parser)


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add `--set`, which can be repeated."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="settings",
        metavar="PATH=VALUE",
        help="override a value, such as train.epochs=5, or a plugin, such as conditioner=film; can be repeated",
    )


def add_format(parser: argparse.ArgumentParser, *formats: str, short: str = "json") -> None:
    """Add `--format`, and `--json` as short for `--format json`.

    Args:
        parser: of a verb.
        formats: besides `text`; `json` by default.
        short: the format for which `--json` is short.
    """
    _add_format(parser, formats or ("json",), short=short)


def add_events_format(parser: argparse.ArgumentParser) -> None:
    """Add `--format` of a verb that prints events, and `--json` as short for `--format jsonl`, a line per event."""
    _add_format(parser, ("jsonl", "github"), short="jsonl")


def _add_format(parser: argparse.ArgumentParser, formats: Sequence[str], *, short: str) -> None:
    """Add `--format` and `--json`.

    Args:
        parser: of a verb or of a subcommand.
        formats: besides `text`.
        short: the format for which `--json` is short.
    """
    help_ = "the format of results and diagnostics (default: text)"
    parser.add_argument("--format", choices=("text", *formats), default="text", help=help_)
    parser.add_argument(
        "--json",
        action="store_const",
        const=short,
        default=argparse.SUPPRESS,
        dest="format",
        help=f"short for --format {short}",
    )


def add_force(parser: argparse.ArgumentParser) -> None:
    """Add `--force`, without which no file is replaced."""
    parser.add_argument("--force", action="store_true", help="replace files that exist")


def read(
    path: Path, settings: Sequence[str], registry: Registry | None = None, *, saved: Saved | None = None
) -> tuple[ResolvedSpec, Registry]:
    """Read and resolve a spec.

    Args:
        path: the spec.
        settings: `--set` arguments.
        registry: instead of the installed plugins.
        saved: what is known about a saved spec; None for one that is not saved.

    Returns:
        The resolved spec, and the registry it was resolved with.

    Raises:
        SpecError: with every error.
    """
    registry = registry or discover()
    return resolve_file(path, settings, registry, saved=saved), registry


def read_tree(path: Path, settings: Sequence[str], registry: Registry) -> tuple[ResolvedSpec, Node]:
    """Read and resolve a spec.

    Args:
        path: the spec.
        settings: `--set` arguments.
        registry: the plugins.

    Returns:
        The resolved spec, and the tree that has the place of each value.

    Raises:
        SpecError: with every error.
    """
    tree = read_spec_tree(path, settings, registry)
    return resolve_tree(tree, registry, path.stem), tree.root
