"""A run that goes on from where another ended: new labels, a new class, and nothing else lost."""

from __future__ import annotations

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rcmvae_core.data.dataset import load_dataset
from rcmvae_core.data.fingerprint import item_ids
from rcmvae_core.data.label_overlay import identity
from rcmvae_core.errors import RcmvaeError, RunError
from rcmvae_core.experiment import initial_state
from rcmvae_core.experiment.initial_state import StartFrom
from rcmvae_core.experiment.request import RunRequest
from rcmvae_core.experiment.run import run
from rcmvae_core.labels.records import Provenance
from rcmvae_core.labels.store import LabelStore
from rcmvae_core.rundir.directory import checkpoint_folder
from rcmvae_core.training.checkpoints import files as checkpoint_files
from rcmvae_core.training.checkpoints import finetune
from rcmvae_core.training.checkpoints.record import Record
from rcmvae_core.training.loop import Interrupted
from rcmvae_core.training.state import TrainState

BY = Provenance("a test")


def last(folder: Path):
    """The last checkpoint's arrays and record."""
    seed = checkpoint_folder(folder, 0)
    record = next(checkpoint_files.records(seed))
    return checkpoint_files.read(seed, record), record


@pytest.fixture(scope="module")
def first(resolve_tiny, registry, tmp_path_factory) -> Path:
    """A run that knows ten digits, with channels to spare."""
    out = tmp_path_factory.mktemp("runs") / "first"
    run(
        RunRequest(resolve_tiny(["latent.channels=12", "train.epochs=2", "figure={}"]), registry, out),
        lambda _: None,
    )
    return out


@pytest.fixture(scope="module")
def store(resolve_tiny, tmp_path_factory) -> Path:
    """A store with a class of its own, of some digits that are 0."""
    dataset = load_dataset(resolve_tiny().one("data"))
    ids, path = item_ids(dataset), tmp_path_factory.mktemp("labels") / "labels.sqlite"
    with LabelStore(path, identity(dataset)) as opened:
        opened.add_class("ring", BY)
        rings = dataset.train[dataset.labels[dataset.train] == 0][:30]
        opened.assign([ids[i] for i in rings], opened.find("ring").id, BY)
    return path


@pytest.fixture(scope="module")
def follow(resolve_tiny, registry, first, store):
    """Go on from the first run with the store's labels."""

    def follow(out: Path, *settings, listen=lambda _: None, stop=lambda: False, resume=False):
        base = ["figure={}", "latent.channels=12", "train.epochs=4", f'data.label_store="{store}"']
        resolved = resolve_tiny([*base, *settings])
        step = last(first)[1].step
        request = RunRequest(resolved, registry, out, resume=resume, start_from=StartFrom(first, {0: step}))
        return run(request, listen, stop)

    return follow


@pytest.fixture(scope="module")
def second(follow, tmp_path_factory):
    out, events = tmp_path_factory.mktemp("runs") / "second", []
    follow(out, listen=events.append)
    return out, events


def test_a_new_class_gets_a_column_and_a_channel_and_training_counts_on(first, second):
    (before, old), (after, new) = last(first), last(second[0])
    assert before["carry/classifier"].shape == (12, 10)
    assert after["carry/classifier"].shape == (12, 11)
    assert (old.journal["epoch"], new.journal["epoch"]) == (2, 4)
    assert json.loads((second[0] / "model.json").read_text())["class_names"][-1] == "ring"
    told = [e.diagnostic for e in second[1] if type(e).__name__ == "WarningRaised"]
    (said,) = [d.message for d in told if d.code == "W413"]
    assert said.startswith("class `ring` is new: it claims channel ")
    rows = [json.loads(line) for line in (second[0] / "metrics.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in rows] == [3, 4]


def test_a_new_class_that_finds_no_free_channel_is_told_so(resolve_tiny, registry, store, tmp_path):
    """Every channel is one class's already."""
    settings = ["figure={}", "latent.channels=4", "train.epochs=1"]
    full, events = tmp_path / "full", []
    run(RunRequest(resolve_tiny(settings), registry, full), lambda _: None)
    resolved = resolve_tiny([*settings, "train.epochs=2", f'data.label_store="{store}"'])
    origin = StartFrom(full, {0: last(full)[1].step})
    run(RunRequest(resolved, registry, tmp_path / "on", start_from=origin), events.append)
    (said,) = [
        e.diagnostic.message
        for e in events
        if getattr(e, "diagnostic", None) and "ring" in e.diagnostic.message
    ]
    assert said == "class `ring` is new: no channel is free, so it has none of its own"


def test_a_learning_rate_that_has_decayed_is_warned_of(follow, tmp_path):
    events = []
    with pytest.raises(Interrupted):
        follow(
            tmp_path / "slow",
            'train.optimizer.adam.learning_rate.cosine={start=0.01, end=1e-5, over="2 epochs"}',
            listen=events.append,
            stop=lambda: True,
        )
    (said,) = [e.diagnostic for e in events if getattr(e, "diagnostic", None) and e.diagnostic.code == "W418"]
    assert said.message == "the learning rate is at most 1e-05 from here on, and was 0.01: little will change"
    assert said.help == (
        "give it a new one: `--set train.optimizer.adam.learning_rate=0.005`",
        "or train a new model, without `--warm-start`",
    )


def test_a_checkpoint_says_which_labels_it_saw(first, second):
    (_, old), (_, new) = last(first), last(second[0])
    assert (old.facts["label_revision"], new.facts["label_revision"]) == (0, 2)
    assert set(new.facts["labelled_classes"]) - set(old.facts["labelled_classes"]) == {"ring"}
    assert "label_revision = 2" in (second[0] / "spec.toml").read_text()


def test_what_was_learnt_is_where_it_goes_on(resolve_tiny, first, follow, tmp_path):
    before, _ = last(first)
    with pytest.raises(Interrupted):
        follow(tmp_path / "stopped", "train.optimizer.adam.learning_rate=1e-9", stop=lambda: True)
    after, record = last(tmp_path / "stopped")
    assert record.journal["epoch"] == 2
    for name in before:
        if name.startswith("params/"):
            np.testing.assert_allclose(after[name], before[name], atol=1e-6)


def test_interrupted_and_resumed_it_ends_bit_for_bit_the_same(second, follow, tmp_path):
    out, asked = tmp_path / "again", iter([False, True])
    with pytest.raises(Interrupted):
        follow(out, stop=lambda: next(asked, True))
    assert initial_state.read_start_from(out) is not None
    follow(out, resume=True)
    (whole, _), (pieces, _) = last(second[0]), last(out)
    for name in whole:
        np.testing.assert_array_equal(whole[name], pieces[name], err_msg=name)


def test_another_model_is_refused_in_words(follow, tmp_path):
    with pytest.raises(RcmvaeError) as caught:
        follow(tmp_path / "other", "latent.dim=3")
    assert [d.code for d in caught.value.diagnostics] == ["E412"]
    assert "another model" in str(caught.value)


def test_another_optimizer_begins_anew_and_says_so(follow, tmp_path):
    events = []
    follow(tmp_path / "slots", "train.optimizer=sgd", "train.epochs=3", listen=events.append)
    assert "W414" in [e.diagnostic.code for e in events if type(e).__name__ == "WarningRaised"]


def test_a_checkpoint_many_times_larger_than_the_state_is_not_read(tmp_path) -> None:
    record = Record(3, 20, {"optimizer/large": ["float32", [2**33]]}, {}, {"epoch": 1}, {})
    state = TrainState({"a": jnp.zeros(3)}, None, None, None, jnp.zeros((), jnp.int32), jax.random.key(0))  # pyright: ignore[reportArgumentType]
    with pytest.raises(
        RunError, match=r"E412: .*its arrays have 34359738368 bytes, and those of this one 24"
    ):
        finetune._require_similar_size(tmp_path, record, state)
