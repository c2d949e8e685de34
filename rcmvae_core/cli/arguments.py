"""Declares the arguments that several verbs share, and reads the specs that they name."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from rcmvae_core.errors import fail
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.spec.normalise import read_tree as read_spec_tree
from rcmvae_core.spec.resolve import resolve_file, resolve_tree
from rcmvae_core.spec.tree import Node


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


def add_run(parser: argparse.ArgumentParser, *, exported: bool = False) -> None:
    """Add the argument that names a run.

    Args:
        parser: of a verb.
        exported: whether a folder that `rcmvae export` wrote is accepted too.
    """
    help_ = "a run directory, or a folder that `rcmvae export` wrote" if exported else "a run directory"
    parser.add_argument("run", type=Path, metavar="RUN", help=help_)


def add_seed(parser: argparse.ArgumentParser, *, default: str = "all of them") -> None:
    """Add `--seed`, which selects a seed of the run.

    Args:
        parser: of a verb.
        default: what is used without it, for the help.
    """
    parser.add_argument("--seed", type=int, metavar="N", help=f"a seed of the run (default: {default})")


def add_format(parser: argparse.ArgumentParser, *formats: str) -> None:
    """Add `--format`, and `--json` as short for `--format json`.

    Args:
        parser: of a verb.
        formats: besides `text`; `json` by default.
    """
    _add_format(parser, formats or ("json",), short="json")


def add_events_format(parser: argparse.ArgumentParser) -> None:
    """Add `--format` of a verb that prints events, and `--json` as short for `--format jsonl`, a line per event."""
    _add_format(parser, ("jsonl", "github"), short="jsonl")


def _add_format(parser: argparse.ArgumentParser, formats: Sequence[str], *, short: str) -> None:
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


def add_processes(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that make this process one of several."""
    group = parser.add_argument_group("several processes")
    group.add_argument("--coordinator-address", metavar="HOST:PORT", help="the address of the first process")
    group.add_argument("--num-processes", type=int, metavar="N", help="the number of processes")
    group.add_argument("--process-id", type=int, metavar="I", help="the number of this process, from 0")


def check_processes(options: argparse.Namespace) -> None:
    """Check that the arguments of several processes are given together.

    Raises:
        RcmvaeError: E404 if one is missing, or the process has no valid number.
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


def read(
    path: Path, settings: Sequence[str], registry: Registry | None = None
) -> tuple[ResolvedSpec, Registry]:
    """Read and resolve a spec.

    Args:
        path: the spec.
        settings: `--set` arguments.
        registry: instead of the installed plugins.

    Returns:
        The resolved spec, and the registry it was resolved with.

    Raises:
        SpecError: with every error.
    """
    registry = registry or discover()
    return resolve_file(path, settings, registry), registry


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
