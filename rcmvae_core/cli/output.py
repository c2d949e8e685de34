"""Prints the results of a verb, as text or as JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from rcmvae_core.cli.streams import print_lines, print_result
from rcmvae_core.report.kept_states import kept_states

_Value = TypeVar("_Value")


def show(value: _Value, options: argparse.Namespace, as_text: Callable[[_Value], str]) -> None:
    """Print a result on stdout.

    Args:
        value: plain values, which `--format json` prints.
        options: of the verb.
        as_text: returns the text that is printed otherwise, without the final newline.
    """
    print_result(json.dumps(value, indent=2) if options.format == "json" else as_text(value))


def show_files(paths: Iterable[Path], options: argparse.Namespace) -> None:
    """Print the names of written files: as JSON to stdout, or one per line to stderr, because it is not data."""
    names = [str(path) for path in paths]
    if options.format == "json":
        print_result(json.dumps({"files": names}, indent=2))
    else:
        print_lines(names)


def result_line(summary: Mapping[str, Any]) -> str:
    """Return the metrics of a finished run as a line of text, with another for each seed whose last state is worse.

    Args:
        summary: the content of its `summary.json`.
    """
    mean, std = summary["mean"], summary["std"]
    seeds = len(summary["seeds"])
    name = "accuracy" if "accuracy" in mean["test"] else "elbo"
    spread = f" ± {std['test'][name]:.4f} over {seeds} seeds" if seeds > 1 else ""
    parts = [f"test {name} {mean['test'][name]:.4f}{spread}"]
    if name in mean["validation"]:
        parts.append(f"validation {name} {mean['validation'][name]:.4f}")
    headline = ", ".join([*parts, f"{summary['labels']} labels"])
    return "\n".join([headline, *kept_states(summary)])
