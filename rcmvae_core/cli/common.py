"""What verbs that read a spec share."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from rcmvae_core.discovery import discover
from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.registry import Registry
from rcmvae_core.resolve import ResolvedSpec, resolve, slots
from rcmvae_core.spec import Node, compose


def add_spec(parser: argparse.ArgumentParser) -> None:
    """Arguments that name a spec and change it."""
    parser.add_argument("spec", type=Path, metavar="SPEC", help="a TOML file")
    add_settings(parser)
    add_format(parser)


def add_settings(parser: argparse.ArgumentParser) -> None:
    """`--set`, which may be repeated."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="settings",
        metavar="PATH=VALUE",
        help="change a value, such as train.epochs=5, or a part, such as conditioner=film; may be repeated",
    )


def add_format(parser: argparse.ArgumentParser) -> None:
    """`--format` of diagnostics."""
    parser.add_argument(
        "--format", choices=("text", "json", "github"), default="text", help="how to print diagnostics"
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """`--json`, for the data and for diagnostics."""
    parser.add_argument(
        "--json",
        action="store_const",
        const="json",
        default="text",
        dest="format",
        help="print JSON, also when something is wrong",
    )


def count(text: str) -> int:
    """An argument that counts something, from 1."""
    return _counted(text, 1)


def count_or_none(text: str) -> int:
    """An argument that counts something there may be none of."""
    return _counted(text, 0)


def _counted(text: str, least: int) -> int:
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"expected a whole number, {least} or more, got {text}")
    return int(text)


def spec_of(run: Path) -> Path:
    """The spec of a run directory.

    Raises:
        RcmvaeError: E410 if it is none.
    """
    if not (run / "spec.toml").is_file():
        message = f"`{run}` is not a run directory: it has no `spec.toml`"
        raise RcmvaeError([Diagnostic("E410", message, help=["name the folder that `rcmvae run` wrote"])])
    return run / "spec.toml"


def read(
    path: Path, settings: Sequence[str], registry: Registry | None = None
) -> tuple[ResolvedSpec, Registry]:
    """A checked spec, and the registry it was checked against.

    Args:
        path: the spec.
        settings: `--set` arguments.
        registry: instead of what is installed.

    Raises:
        SpecError: with every fault.
    """
    registry = registry or discover()
    return read_tree(path, settings, registry)[0], registry


def read_tree(path: Path, settings: Sequence[str], registry: Registry) -> tuple[ResolvedSpec, Node]:
    """A checked spec, and the tree that says where its values came from; else as `read`."""
    root = compose(path, settings, slots(registry))
    return resolve(root, registry, default_name=path.stem), root
