"""Weights & Biases: its offline files, read record by record, and its calls in mode `online`."""

from __future__ import annotations

import json
import struct
import sys
from types import SimpleNamespace

import pytest
from rcmvae_plugins.trackers.params import WandbParams
from rcmvae_plugins.trackers.wandb import wandb

from rcmvae_core.errors import RcmvaeError

from .tracker_cases import EPOCHS, STEPS, SUMMARY, alone, begun, loss, train

BLOCK, HEADER, BEGIN = 32768, struct.Struct("<IHB"), 7
FULL, LAST = 1, 4


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    yield from alone(monkeypatch, tmp_path)


def records(path):
    """The records of a `.wandb` file: a LevelDB log, whose entries may be cut at the ends of blocks."""
    from wandb.proto.wandb_internal_pb2 import Record

    data, at, parts = path.read_bytes(), BEGIN, []
    assert data[:4] == b":W&B"
    while at + HEADER.size <= len(data):
        left = BLOCK - at % BLOCK
        if left < HEADER.size:
            at += left
            continue
        _, size, form = HEADER.unpack_from(data, at)
        parts.append(data[at + HEADER.size : at + HEADER.size + size])
        at += HEADER.size + size
        if form in (FULL, LAST):
            yield Record.FromString(b"".join(parts))
            parts = []


def items(entries):
    return {entry.key or "/".join(entry.nested_key): json.loads(entry.value_json) for entry in entries}


def read(path):
    """Return what a file records of its run."""
    content = SimpleNamespace(run=None, config={}, history=[], summary={}, exit=None)
    for record in records(path):
        match record.WhichOneof("record_type"):
            case "run":
                content.run = record.run
                content.config |= items(record.run.config.update)
            case "history":
                content.history.append(items(record.history.item))
            case "summary":
                content.summary |= items(record.summary.update)
            case "exit":
                content.exit = record.exit.exit_code
    return content


def files(run):
    """All files of a run, by the id of the seed's run, oldest first."""
    import wandb as package

    package.teardown()  # its process writes the last of a file when it ends
    run_files = {}
    for path in sorted(run.folder.glob("wandb/offline-run-*/*.wandb")):
        run_files.setdefault(path.stem.removeprefix("run-"), []).append(read(path))
    return run_files


def column(content, name):
    return [(row["_step"], row[name]) for row in content.history]


def test_a_run_from_its_begin_to_its_end(tmp_path, capfd):
    run = begun(tmp_path)
    tracker = wandb(WandbParams(project="mixtures", entity="team"), run)
    train(tracker, 0)
    train(tracker, 1)
    tracker.finish("done", SUMMARY)
    assert capfd.readouterr() == ("", "")

    run_files = files(run)
    assert list(run_files) == [f"{tracker.id}-0", f"{tracker.id}-1"]
    for seed, (one,) in enumerate(run_files.values()):
        assert (one.run.project, one.run.entity, one.run.run_group) == ("mixtures", "team", "film-1")
        assert one.run.display_name == f"film-1-seed-{seed}"
        assert one.config["seed"] == seed
        assert one.config["loss"]["kl_z"]["weight"]["linear"]["end"] == 1.0
        assert column(one, "train/total") == [
            (STEPS * epoch, loss(seed, epoch)) for epoch in range(1, EPOCHS + 1)
        ]
        assert column(one, "epoch") == [(10, 1), (20, 2), (30, 3)]
        assert one.summary["result/test/accuracy"] == 0.5 + 0.25 * seed
        assert one.summary["train/total"] == loss(seed, EPOCHS)
        assert one.exit == 0


@pytest.mark.parametrize(("state", "code"), [("failed", 1), ("interrupted", 255)])
def test_a_run_that_did_not_end_well(tmp_path, state, code):
    """Only the seed in training has not finished."""
    run = begun(tmp_path)
    tracker = wandb(WandbParams(group="sweep"), run)
    train(tracker, 0)
    train(tracker, 1, last=2)
    tracker.finish(state, None)
    (first,), (second,) = files(run).values()
    assert (first.exit, second.exit) == (0, code)
    assert second.run.run_group == "sweep"


def test_a_continued_run_adds_to_the_same_run(tmp_path):
    """Each process writes its own file, and `wandb sync` joins files with the same id."""
    before = wandb(WandbParams(), begun(tmp_path))
    train(before, 0, last=2)
    before.finish("interrupted", None)
    after = wandb(WandbParams(), begun(tmp_path, before.id))
    train(after, 0, first=3)
    after.finish("done", {**SUMMARY, "seeds": SUMMARY["seeds"][:1]})
    assert after.id == before.id
    ((first, second),) = files(begun(tmp_path)).values()
    assert column(first, "epoch") + column(second, "epoch") == [(10, 1), (20, 2), (30, 3)]
    assert (first.exit, second.exit) == (255, 0)


def test_a_step_is_told_once(tmp_path):
    run = begun(tmp_path)
    tracker = wandb(WandbParams(), run)
    train(tracker, 0)
    train(tracker, 0, first=2)
    tracker.finish("done", None)
    ((one,),) = files(run).values()
    assert column(one, "epoch") == [(10, 1), (20, 2), (30, 3)]


class Service:
    """A fake of the package, with a server that has the first two epochs of a run."""

    Error = RuntimeError

    def __init__(self, *, known, address="file:"):
        self.address = address
        self.known, self.asked, self.logged, self.finished = known, [], [], []
        self.settings, self.step = [], 2 * STEPS + 1
        self.summary = {}

    def Settings(self, **given):  # noqa: N802 - the package's own name
        return given

    def setup(self, settings):
        self.settings.append(settings)
        return SimpleNamespace(settings=SimpleNamespace(base_url=self.address))

    def login(self, **how):
        assert how == {"prompt": False, "verify": False}
        return self.known

    def init(self, **asked):
        self.asked.append(asked)
        return self

    def log(self, values, step, commit):
        self.logged.append((step, values["epoch"], commit))

    def finish(self, exit_code):
        self.finished.append(exit_code)


def test_online_a_run_is_resumed_and_what_was_sent_is_not_sent_again(monkeypatch, tmp_path):
    service = Service(known=True)
    monkeypatch.setitem(sys.modules, "wandb", service)
    tracker = wandb(WandbParams(mode="online"), begun(tmp_path, "abc"))
    train(tracker, 1)
    tracker.finish("done", {**SUMMARY, "seeds": SUMMARY["seeds"][1:]})
    (asked,) = service.asked
    assert (asked["id"], asked["resume"], asked["mode"]) == ("abc-1", "allow", "online")
    assert service.settings == [{"mode": "online", "show_info": False}]
    assert asked["settings"]["finish_timeout"] > 0  # a server that is gone must not hold the end of a run
    assert service.logged == [(30, 3, True)]
    assert service.summary["result/test/accuracy"] == 0.75
    assert service.finished == [0]


def test_nothing_is_sent_unless_it_is_asked_for(tmp_path):
    assert WandbParams().mode == "offline"
    tracker = wandb(WandbParams(), begun(tmp_path))
    assert tracker.id
    assert list(begun(tmp_path).folder.iterdir()) == []


@pytest.mark.parametrize("key", [None, "short"])
def test_online_without_a_login_is_told_before_training(monkeypatch, tmp_path, key):
    """The package's own check of its credentials."""
    if key:
        monkeypatch.setenv("WANDB_API_KEY", key)
    with pytest.raises(RcmvaeError) as caught:
        wandb(WandbParams(mode="online"), begun(tmp_path))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "E309"
    assert diagnostic.message.startswith("tracker `wandb` cannot send: ")
    assert ("WANDB_API_KEY invalid" if key else "not logged in") in diagnostic.message
    assert "wandb login" in diagnostic.help[0]
