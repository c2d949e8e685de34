"""Prints the results of a verb, as text or as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

_Value = TypeVar("_Value")


def show(value: _Value, options: argparse.Namespace, as_text: Callable[[_Value], str]) -> None:
    """Print a result on stdout.

    Args:
        value: plain values, which `--format json` prints.
        options: of the verb.
        as_text: returns the text that is printed otherwise, without the final newline.
    """
    print(json.dumps(value, indent=2) if options.format == "json" else as_text(value))


def show_files(paths: Iterable[Path], options: argparse.Namespace) -> None:
    """Print the names of written files: as JSON to stdout, or one per line to stderr, because it is not data."""
    names = [str(path) for path in paths]
    if options.format == "json":
        print(json.dumps({"files": names}, indent=2))
    else:
        sys.stderr.write("".join(f"{name}\n" for name in names))


def result_line(summary: Mapping[str, Any]) -> str:
    """Return the metrics of a finished run, the content of its `summary.json`, as a line of text."""
    mean, std = summary["mean"], summary["std"]
    seeds = len(summary["seeds"])
    name = "accuracy" if "accuracy" in mean["test"] else "elbo"
    spread = f" ± {std['test'][name]:.4f} over {seeds} seeds" if seeds > 1 else ""
    parts = [f"test {name} {mean['test'][name]:.4f}{spread}"]
    if name in mean["validation"]:
        parts.append(f"validation {name} {mean['validation'][name]:.4f}")
    return ", ".join([*parts, f"{summary['labels']} labels"]) + _last_states(summary["seeds"])


def _last_states(seeds: Sequence[Mapping[str, Any]]) -> str:
    """Return in which seeds an earlier state than the last one is the best, and by how much; empty if in none."""
    # Summaries of earlier versions have neither value.
    judged = [seed for seed in seeds if None not in (seed.get("best"), seed.get("last"))]
    worse = [seed for seed in judged if seed["last"] < seed["best"]]
    listed = ", ".join(f"{seed['best']:.4f} before {seed['last']:.4f} at the end" for seed in worse)
    return f"; best validation {worse[0]['monitor']} {listed}" if worse else ""
