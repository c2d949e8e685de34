"""Writes what `compare` reads of runs, with results that tests choose."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rcmvae_core.plugin.protocols.report_arrays import ReportArrays
from rcmvae_core.report.comparison.compare import Comparison, compare
from rcmvae_core.report.comparison.runs import read_run
from rcmvae_core.rundir import report_arrays


def write_run(
    folder: Path, results: dict[int, float], *, conditioner: str = "film", label_seed: int = 0, test_data: str = "x",
    name: str = "run", right: int = 0,
) -> Path:  # fmt: skip
    """Write what `compare` reads of a run."""
    folder.mkdir(parents=True)
    spec = f'name = "{name}"\nseeds = {list(results)}\n[data]\nlabel_seed = {label_seed}\n[conditioner.{conditioner}]\n'
    (folder / "spec.toml").write_text(spec)
    seeds = [
        {"seed": seed, "validation": {"elbo": -value}, "test": {"accuracy": value, "elbo": -2 * value}, "epochs": 2, "step": 4}
        for seed, value in results.items()
    ]  # fmt: skip
    means = {"validation": {"elbo": 0.0}, "test": {"accuracy": 0.0, "elbo": 0.0}}
    summary = {
        "format": 1,
        "name": name,
        "parameters": 3,
        "labels": 10,
        "seeds": seeds,
        "mean": means,
        "std": means,
    }
    (folder / "summary.json").write_text(json.dumps(summary | {"test_data": test_data}))
    rows = [
        {"seed": seed, "epoch": epoch, "step": 2 * epoch, "validation/elbo": -value / epoch}
        for seed, value in results.items()
        for epoch in (1, 2)
    ]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    probabilities = np.tile([1.0, 0.0], (20, 1))
    probabilities[right:] = [0.0, 1.0]
    (folder / report_arrays.FOLDER).mkdir()
    report_arrays.save(
        folder / report_arrays.arrays_name(0), ReportArrays(np.zeros(20, np.int64), probabilities, ("a", "b"))
    )
    return folder


FILM = {0: 0.80, 1: 0.82, 2: 0.81, 3: 0.79, 4: 0.83, 5: 0.80}
BETTER = {seed: value + 0.05 + seed / 1000 for seed, value in FILM.items()}


def add_metrics(run: Path, values: Mapping[int, Mapping[str, float]]) -> Path:
    """Add what the metrics of a spec gave for each seed; their means are those of the first one."""
    summary = json.loads((run / "summary.json").read_text())
    for seed in summary["seeds"]:
        seed["metrics"] = values[seed["seed"]]
    first = summary["seeds"][0]["metrics"]
    summary["mean"] = summary["mean"] | {"metrics": first}
    summary["std"] = summary["std"] | {"metrics": dict.fromkeys(first, 0.25)}
    (run / "summary.json").write_text(json.dumps(summary))
    return run


def comparison(paths: Sequence[Path], metrics: Sequence[str] = (), **options: Any) -> Comparison:
    return compare([read_run(path) for path in paths], metrics, **options)
