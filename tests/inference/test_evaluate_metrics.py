"""`evaluate` has every metric that the spec names: those of predictions, and those of the run's stored arrays."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest

from rcmvae_core.cli.main import main

OF_PREDICTIONS = {"accuracy", "balanced_accuracy", "macro_f1", "brier", "ece", "adaptive_ece"}


def evaluated(capfd, folder: Path, *words: str) -> tuple[dict, str]:
    capfd.readouterr()
    assert main(["evaluate", str(folder), "--json", *words]) == 0
    output, warnings = capfd.readouterr()
    return json.loads(output)["metrics"], warnings


def stored(metrics: dict) -> dict[str, float]:
    return {name: row["value"] for name, row in metrics.items() if "seeds" in row}


@pytest.fixture
def copy(run, tmp_path) -> Path:
    return shutil.copytree(run, tmp_path / "run", ignore=shutil.ignore_patterns("figures", "tensorboard"))


def test_the_metrics_of_the_run_are_shown_as_its_summary_has_them(run, capfd) -> None:
    metrics, warnings = evaluated(capfd, run)
    summary = json.loads((run / "summary.json").read_text())["mean"]["metrics"]
    assert metrics.keys() == summary.keys()
    assert stored(metrics) == {name: summary[name] for name in summary.keys() - OF_PREDICTIONS}
    assert all(row["seeds"] == [3, 1] for name, row in metrics.items() if name not in OF_PREDICTIONS)
    assert (metrics["nll"]["unit"], metrics["nll"]["better"]) == ("nats", "lower")
    assert "W490" not in warnings


def test_of_one_seed_the_metrics_are_those_of_the_seed(run, capfd) -> None:
    metrics, _ = evaluated(capfd, run, "--seed", "1")
    seeds = json.loads((run / "summary.json").read_text())["seeds"]
    of_seed = next(seed["metrics"] for seed in seeds if seed["seed"] == 1)
    assert {name: row["value"] for name, row in metrics.items()} == pytest.approx(of_seed, rel=1e-6)


def test_the_text_lists_them_below_a_title(run, capfd) -> None:
    assert main(["evaluate", str(run)]) == 0
    lines = capfd.readouterr().out.splitlines()
    below = lines[lines.index("of the run's stored arrays, mean over 2 seeds") + 1 :]
    nll = fmean(s["metrics"]["nll"] for s in json.loads((run / "summary.json").read_text())["seeds"])
    assert f"nll                {nll:.4f} nats" in below
    assert any(line.startswith("silhouette/5 ") for line in below)


def test_metrics_are_left_out_with_a_reason_where_the_run_has_no_arrays(copy, capfd) -> None:
    (copy / "diagnostics" / "seed-3.npz").unlink()
    metrics, warnings = evaluated(capfd, copy)
    assert metrics.keys() == OF_PREDICTIONS
    assert "warning[W490]: the results lack the metrics `active_channels`, " in warnings
    assert "has no arrays of seed 3" in warnings


def test_metrics_are_left_out_of_a_run_that_is_not_done(copy, capfd) -> None:
    (copy / "summary.json").unlink()
    metrics, warnings = evaluated(capfd, copy)
    assert metrics.keys() == OF_PREDICTIONS
    assert "`nll`" in warnings
    assert f"`{copy}` is not a run that is done" in warnings


def test_metrics_are_left_out_if_the_test_data_are_others(copy, capfd) -> None:
    path = copy / "summary.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"test_data": "0" * 32}))
    metrics, warnings = evaluated(capfd, copy)
    assert metrics.keys() == OF_PREDICTIONS
    assert "has arrays of other test data than these" in warnings


def test_a_metric_that_fails_costs_only_itself_and_warns_once(run, capfd, monkeypatch) -> None:
    monkeypatch.setattr("rcmvae_plugins.metrics.likelihood.mse", lambda *_: np.nan)
    metrics, warnings = evaluated(capfd, run)
    assert "mse" not in metrics
    assert "nll" in metrics
    assert warnings.count("W490") == 1
