"""`rcmvae learn`: the labels that it uses and its errors; training itself is tested in `tests/training`."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from rcmvae_core.cli.actions import learn
from rcmvae_core.cli.arguments import read
from rcmvae_core.cli.main import main
from rcmvae_core.data.dataset import load_dataset
from rcmvae_core.data.fingerprint import item_ids
from rcmvae_core.data.label_overlay import identity
from rcmvae_core.experiment import initial_state
from rcmvae_core.experiment.request import RunRequest
from rcmvae_core.labels.records import Provenance
from rcmvae_core.labels.store import LabelStore
from rcmvae_core.labels.store_path import default_path
from rcmvae_core.training.checkpoints.files import Record
from tests.support.commands import QUICKSTART


@pytest.fixture
def run(tmp_path) -> Path:
    """The part of a run directory that the verb reads, without checkpoints."""
    folder = tmp_path / "runs" / "first"
    folder.mkdir(parents=True)
    (folder / "spec.toml").write_text(QUICKSTART.read_text())
    return folder


@pytest.fixture
def requests(monkeypatch) -> list[RunRequest]:
    """The runs that would have been trained."""
    collected: list[RunRequest] = []
    record = Record(2, 2000, {}, {}, {"epoch": 200}, {})
    monkeypatch.setattr(learn, "last_records", lambda *_: {0: record})
    monkeypatch.setattr(
        learn, "train", lambda request, format_: collected.append(request) or int(format_ != "text")
    )
    return collected


def test_without_a_store_the_labels_stay_the_same(run, requests):
    assert (
        main(["learn", str(run), "--warm-start", "--epochs", "7", "--out", str(run.parent / "second")]) == 0
    )
    (request,) = requests
    assert request.resolved.train.epochs == 207
    assert request.resolved.one("data").keys.label_store is None
    assert request.start_from == initial_state.StartFrom(run.absolute(), {0: 2000})


def test_a_new_model_is_trained_for_the_epochs_of_the_run(run, requests):
    assert main(["learn", str(run)]) == main(["learn", str(run), "--epochs", "7"]) == 0
    assert [request.resolved.train.epochs for request in requests] == [60, 7]
    assert [request.start_from for request in requests] == [None, None]


def test_the_store_beside_the_run_is_used_and_its_last_event_pinned(run, requests):
    part = read(run / "spec.toml", ())[0].one("data")
    dataset = load_dataset(part)
    path = default_path(run, part.name, identity(dataset))
    with LabelStore(path, identity(dataset)) as store:
        store.assign(item_ids(dataset)[:2], 3, Provenance("a test"))
        store.add_class("ink", Provenance("a test"))
    assert main(["learn", str(run), "--set", "train.epochs=500"]) == 0
    keys = requests[0].resolved.one("data").keys
    assert (keys.label_store, keys.label_revision) == (str(path), 2)
    assert requests[0].resolved.train.epochs == 500, "--set overrides --epochs"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["nowhere"], "E410", "is not a run directory"),
        (["RUN", "--out", "RUN"], "E410", "is not changed"),
        (["RUN", "--store", "none.sqlite"], "E302", "label store `none.sqlite` does not exist"),
        (["RUN", "--set", "latent.channel=3"], "E205", "channel"),
    ],
)
def test_unsuitable_runs_are_reported(run, requests, capfd, *, words, code, message):
    assert main(["learn", *(str(run) if word == "RUN" else word for word in words)]) == 2
    errors = capfd.readouterr().err
    assert errors.count("error[") == 1
    assert f"error[{code}]" in errors
    assert message in errors
    assert not requests


def test_a_run_without_a_checkpoint_is_refused(run, capfd):
    assert main(["learn", str(run), "--warm-start"]) != 0
    assert "has no checkpoint of seed 0" in capfd.readouterr().err


def test_epochs_are_counted_from_one(run, capfd):
    assert main(["learn", str(run), "--epochs", "0"]) == 2
    assert "expected an integer of 1 to 2147483647" in capfd.readouterr().err


def test_a_classifier_is_added_only_to_a_run_without_one(capsys):
    off = ["classifier=false", "loss.labels=false", "data.labels_per_class=0"]
    for settings, added in (
        (["loss.labels=false"], []),
        (off, ["classifier.tau={}", "loss.labels.supervised={}"]),
    ):
        resolved, _ = read(QUICKSTART, settings)
        given = learn._classifier_settings(argparse.Namespace(resolved=resolved))
        assert given[: len(added)] == added
        assert bool(given) == bool(added)
