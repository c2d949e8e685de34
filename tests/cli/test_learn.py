"""`rcmvae learn`: which labels it finds, and what it refuses; what follows is tested with training."""

from __future__ import annotations

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
    """All that the verb reads of a run directory, apart from its checkpoints."""
    folder = tmp_path / "runs" / "first"
    folder.mkdir(parents=True)
    (folder / "spec.toml").write_text(QUICKSTART.read_text())
    return folder


@pytest.fixture
def asked(monkeypatch) -> list[RunRequest]:
    """What would have been trained."""
    requests: list[RunRequest] = []
    record = Record(2, 2000, {}, {}, {"epoch": 200}, {})
    monkeypatch.setattr(learn, "last_records", lambda *_: {0: record})
    monkeypatch.setattr(
        learn, "perform", lambda request, *, as_json: requests.append(request) or int(as_json)
    )
    return requests


def test_without_a_store_it_trains_on_with_the_labels_it_had(run, asked):
    assert main(["learn", str(run), "--epochs", "7", "--out", str(run.parent / "second")]) == 0
    (request,) = asked
    assert request.resolved.train.epochs == 207
    assert request.resolved.one("data").keys.label_store is None
    assert request.start_from == initial_state.StartFrom(run.absolute(), {0: 2000})


def test_it_finds_the_store_beside_the_run_and_pins_its_last_event(run, asked):
    part = read(run / "spec.toml", ())[0].one("data")
    dataset = load_dataset(part)
    path = default_path(run, part.name, identity(dataset))
    with LabelStore(path, identity(dataset)) as store:
        store.assign(item_ids(dataset)[:2], 3, Provenance("a test"))
        store.add_class("ink", Provenance("a test"))
    assert main(["learn", str(run), "--set", "train.epochs=500"]) == 0
    keys = asked[0].resolved.one("data").keys
    assert (keys.label_store, keys.label_revision) == (str(path), 2)
    assert asked[0].resolved.train.epochs == 500, "what is set counts for more than --epochs"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["nowhere"], "E410", "is not a run directory"),
        (["RUN", "--out", "RUN"], "E410", "is not changed"),
        (["RUN", "--store", "none.sqlite"], "E302", "label store `none.sqlite` does not exist"),
        (["RUN", "--set", "latent.channel=3"], "E205", "channel"),
    ],
)
def test_what_cannot_be_learnt_from_is_told(run, asked, capfd, *, words, code, message):
    assert main(["learn", *(str(run) if word == "RUN" else word for word in words)]) == 2
    told = capfd.readouterr().err
    assert told.count("error[") == 1
    assert f"error[{code}]" in told
    assert message in told
    assert not asked


def test_a_run_without_a_checkpoint_has_nothing_to_go_on_from(run, capfd):
    assert main(["learn", str(run)]) != 0
    assert "has no checkpoint of seed 0" in capfd.readouterr().err


def test_epochs_are_counted_from_one(run, capfd):
    assert main(["learn", str(run), "--epochs", "0"]) == 2
    assert "expected an integer, 1 or more" in capfd.readouterr().err
