"""Formats the summary of a finished run."""

from __future__ import annotations

from typing import Any


def result(summary: dict[str, Any]) -> str:
    """Return the metrics of a finished run as a line of text."""
    mean, std = summary["mean"], summary["std"]
    seeds = len(summary["seeds"])
    name = "accuracy" if "accuracy" in mean["test"] else "elbo"
    spread = f" ± {std['test'][name]:.4f} over {seeds} seeds" if seeds > 1 else ""
    validation = f"validation {name} {mean['validation'][name]:.4f}" if name in mean["validation"] else ""
    return f"test {name} {mean['test'][name]:.4f}{spread}, {validation}, {summary['labels']} labels"
