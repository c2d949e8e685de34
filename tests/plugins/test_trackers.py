"""Properties of all trackers: missing packages, no output on stdout, names, and parameters."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rcmvae_plugins.trackers._flatten import flatten, flatten_results
from rcmvae_plugins.trackers.mlflow import mlflow
from rcmvae_plugins.trackers.params import MlflowParams, WandbParams
from rcmvae_plugins.trackers.wandb import wandb

from rcmvae_core.errors import RcmvaeError

from .tracker_cases import SPEC, alone, begun

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    yield from alone(monkeypatch, tmp_path)


@pytest.mark.parametrize(
    ("build", "params", "missing"),
    [
        (mlflow, MlflowParams(), "mlflow"),
        (mlflow, MlflowParams(), "sqlalchemy"),
        (mlflow, MlflowParams(uri="postgresql://nowhere/db"), "alembic"),
        (wandb, WandbParams(), "wandb"),
        (wandb, WandbParams(mode="online"), "wandb"),
    ],
)
@pytest.mark.filterwarnings(
    "ignore:The ``noload`` loader strategy:DeprecationWarning"
)  # MLflow's own queries
def test_an_absent_package_is_told_with_what_installs_it(monkeypatch, tmp_path, build, params, missing):
    importlib.import_module(build.__name__)  # which looks round once for what else there is, and remembers
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(RcmvaeError) as caught:
        build(params, begun(tmp_path))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "E309"
    assert f"tracker `{build.__name__}` needs the package `{missing}`" in diagnostic.message
    assert diagnostic.help[0] == f"pip install 'rcmvae[{build.__name__}]'"
    assert caught.value.exit_code == 2


def test_every_remedy_is_an_extra_of_the_distribution():
    extras = re.findall(r"^(\w+) = \[", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert {"mlflow", "wandb"} <= set(extras)


def test_a_disabled_tracker_needs_no_package_and_keeps_its_name(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "wandb", None)
    tracker = wandb(WandbParams(mode="disabled"), begun(tmp_path))
    assert tracker.epoch(0, 1, 10, {"train/total": 1.0}) is None
    assert tracker.finish("done", None) is None
    assert wandb(WandbParams(mode="disabled"), begun(tmp_path, "abc")).id == "abc"
    assert list(begun(tmp_path).folder.iterdir()) == []


TOLD = """
import os, pathlib, sys
sys.path[:0] = {paths}
from rcmvae_plugins.trackers.{name} import {name}
from rcmvae_plugins.trackers.params import {params}
from tests.plugins.tracker_cases import SUMMARY, begun, train
tracker = {name}({params}(), begun(pathlib.Path({folder!r})))
train(tracker, 0)
if {finished}:
    tracker.finish("done", {{**SUMMARY, "seeds": SUMMARY["seeds"][:1]}})
"""


@pytest.mark.parametrize(
    ("name", "params", "finished"),
    [
        pytest.param("mlflow", "MlflowParams", True, marks=pytest.mark.long),
        pytest.param("wandb", "WandbParams", True, marks=pytest.mark.long),
        ("wandb", "WandbParams", False),
    ],
)
def test_a_process_prints_nothing_and_ends(tmp_path, name, params, finished):
    """Nothing is printed, also by the processes of the services, and an exit without `finish` does not block."""
    paths = [str(ROOT), str(ROOT / "plugins")]
    code = TOLD.format(paths=paths, name=name, params=params, folder=str(tmp_path), finished=finished)
    ended = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=120, cwd=tmp_path
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert {path.name for path in tmp_path.iterdir()} <= {"runs", "config"}


def test_a_spec_becomes_texts_by_their_paths():
    assert flatten(SPEC) == {
        "rcmvae": "==0.1.0",
        "name": "film",
        "seeds": "[0, 1]",
        "latent.channels": "10",
        "latent.layout": "shared",
        "conditioner.none": "{}",
        "loss.kl_z.weight.linear.start": "0.0",
        "loss.kl_z.weight.linear.end": "1.0",
        "loss.kl_z.kl_latent": "{}",
        "train.epochs": "3",
        "train.checkpoint_every": "1.0 epochs",
    }
    assert flatten({"data": {"exclude": True, "held_out_classes": ["ä"]}}) == {
        "data.exclude": "true",
        "data.held_out_classes": '["ä"]',
    }


def test_results_keep_apart_from_the_metrics_of_epochs():
    judged = {"seed": 1, "test": {"accuracy": 1}, "validation": {"elbo": -2.5}, "stopped_early": False}
    assert flatten_results(judged) == {"result/test/accuracy": 1.0, "result/validation/elbo": -2.5}
    assert flatten_results({"test": {"accuracy": 0.1}}, "_std") == {"result/test/accuracy_std": 0.1}


@pytest.mark.parametrize(
    ("build", "name"),
    [
        (MlflowParams, "uri"),
        (MlflowParams, "experiment"),
        (WandbParams, "project"),
        (WandbParams, "entity"),
        (WandbParams, "group"),
    ],
)
def test_blank_texts_are_refused(build, name):
    with pytest.raises(ValueError, match=f"`{name}` must not be blank"):
        build(**{name: "  "})
