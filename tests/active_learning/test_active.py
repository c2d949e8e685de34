"""`rcmvae active`: a simulated annotator, from the documented command to the learning curves."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import attrs
import jax
import numpy as np
import pytest

from rcmvae_core.active_learning import simulate
from rcmvae_core.active_learning.round_trainer import RoundState, RoundTrainer
from rcmvae_core.active_learning.rounds import Round, RoundLog, summarise
from rcmvae_core.active_learning.settings import SimulationSettings, find_acquisitions
from rcmvae_core.cli.main import main
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.training.compiled import init_state
from rcmvae_core.training.events import EpochEnd
from tests.support.compilations import compilations

ROOT = Path(__file__).parents[2]
SMALL = [
    "seeds=[0, 1]", "latent.channels=12", "encoder.dense.hidden=[16]", "backbone.dense.hidden=[16]",
    "conditioner=none", "train.batch_size=256",
]  # fmt: skip
SIZES = [
    "--start",
    "8",
    "--batch-size",
    "6",
    "--rounds",
    "2",
    "--first-epochs",
    "3",
    "--epochs",
    "2",
    "--warm-start",
]


class Calls(NamedTuple):
    """The calls of a `RoundTrainer`."""

    trainers: list[RoundTrainer]
    starts: list[RoundState]
    rounds: list[tuple[RoundState, np.ndarray, RoundState]]


class Simulation(NamedTuple):
    """A finished simulation."""

    arguments: list[str]
    out: Path
    calls: Calls
    compiled: Counter[str]
    summary: dict[str, Any]


def command(out: Path) -> list[str]:
    """The first command of the page, of a smaller model and for fewer rounds."""
    page = (ROOT / "docs" / "labels.md").read_text(encoding="utf-8")
    line = re.search(r"^rcmvae active .*$", page, re.MULTILINE)
    assert line
    words = shlex.split(line[0])[1:]
    words[1] = str(ROOT / words[1])
    return [
        *words,
        *SIZES,
        *[argument for value in SMALL for argument in ("--set", value)],
        "--out",
        str(out),
    ]


@pytest.fixture(scope="module")
def simulation(tmp_path_factory) -> Simulation:
    calls, out = Calls([], [], []), tmp_path_factory.mktemp("active") / "one"

    class Spy(RoundTrainer):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            calls.trainers.append(self)

        def start(self, seed: int) -> RoundState:
            calls.starts.append(super().start(seed))
            return calls.starts[-1]

        def label(self, current: RoundState, indices: np.ndarray) -> RoundState:
            after = super().label(current, indices)
            calls.rounds.append((current, indices, after))
            return after

    arguments = command(out)
    with pytest.MonkeyPatch.context() as patch, compilations() as compiled:
        patch.setattr(simulate, "RoundTrainer", Spy)
        assert main(arguments) == 0
    return Simulation(arguments, out, calls, compiled, json.loads((out / "active.json").read_text()))


def test_one_compilation_serves_all_rounds_acquisitions_and_seeds(simulation) -> None:
    counted = {
        name: simulation.compiled[name]
        for name in ("advance", "rebuild_classifier", "evaluate", "batch_stats", "streams")
    }
    assert counted == {"advance": 1, "rebuild_classifier": 1, "evaluate": 1, "batch_stats": 1, "streams": 0}


def test_acquisitions_share_their_start_and_suggest_unlabelled_inputs(simulation) -> None:
    assert [current.seed for current in simulation.calls.starts] == [0, 1]
    assert len(simulation.calls.rounds) == 8
    for before, suggested, after in simulation.calls.rounds:
        assert len(suggested) == 6
        assert not np.intersect1d(suggested, before.labelled).size
        np.testing.assert_array_equal(after.labelled, np.union1d(suggested, before.labelled))
        assert after.epoch == before.epoch + 2
    margin, random = simulation.calls.rounds[0], simulation.calls.rounds[2]
    assert margin[0] is random[0] is simulation.calls.starts[0]
    assert not np.array_equal(np.sort(margin[1]), np.sort(random[1]))
    for curve in simulation.summary["acquisitions"].values():
        for number, start in enumerate(simulation.calls.starts):
            assert curve["seeds"][str(number)]["accuracy"][0] == start.accuracy
            assert curve["seeds"][str(number)]["labels"] == [8, 14, 20]
    truth = simulation.calls.trainers[0]._prepared.dataset.labels
    assert all(len(set(truth[current.labelled])) == 8 for current in simulation.calls.starts)
    assert not np.array_equal(*(current.labelled for current in simulation.calls.starts))


def test_each_round_continues_training(simulation) -> None:
    """Adam counts its own steps, and a new optimizer would start at 0; the state before a round is not changed."""
    steps = simulation.calls.trainers[0]._prepared.context.steps_per_epoch
    for current in [*simulation.calls.starts, *(after for *_, after in simulation.calls.rounds)]:
        counts = [int(leaf) for leaf in jax.tree.leaves(current.state.optimizer) if leaf.dtype == np.int32]
        assert counts
        assert {*counts, int(current.state.step)} == {current.epoch * steps}


def test_suggestions_come_from_the_current_model(simulation) -> None:
    trainer, (before, suggested, after) = simulation.calls.trainers[0], simulation.calls.rounds[-1]
    inputs = trainer._prepared.dataset.inputs[suggested]
    predicted = [trainer._trained_model(current).predict(inputs).probabilities for current in (before, after)]
    for current, probabilities in zip((before, after), predicted, strict=True):
        outputs = trainer._with_feed(trainer._split(current.labelled)).feed.evaluate(current.state, suggested)
        np.testing.assert_allclose(probabilities, outputs.probabilities, atol=1e-5)
    assert np.abs(predicted[0] - predicted[1]).max() > 1e-3


def test_tau_counts_all_labels_and_a_first_label_claims_a_channel(simulation) -> None:
    trainer, start = simulation.calls.trainers[0], simulation.calls.starts[0]
    truth = trainer._prepared.dataset.labels
    outputs = trainer._with_feed(trainer._split(start.labelled)).feed.evaluate(start.state, start.labelled)
    counted = outputs.responsibilities.T @ np.eye(10)[truth[start.labelled]]
    rebuilt = trainer._rebuild_classifier(start, np.zeros(10, bool))
    np.testing.assert_allclose(rebuilt.state.carry.classifier, counted, atol=1e-4)
    new_classes: list[np.ndarray] = []
    rebuild = trainer._rebuild_classifier
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            trainer,
            "_rebuild_classifier",
            lambda current, new: (new_classes.append(new), rebuild(current, new))[1],
        )
        patch.setattr(trainer, "_train", lambda current, _: current)
        missing = np.setdiff1d(np.arange(10), truth[start.labelled])
        after = trainer.label(start, trainer._pool[truth[trainer._pool] == missing[0]][:3])
        trainer.label(after, trainer._pool[truth[trainer._pool] == missing[0]][3:6])
    assert [np.flatnonzero(new).tolist() for new in new_classes] == [[missing[0]], []]
    column = np.asarray(after.state.carry.classifier)[:, missing[0]]
    assert (np.count_nonzero(column), column.sum()) == (1, pytest.approx(3, abs=1e-4))


def test_a_start_without_labels(simulation, monkeypatch) -> None:
    """No label is trained on or counted; τ is counted from the labels of the first round."""
    trainer = simulation.calls.trainers[0]
    truth, epochs = trainer._prepared.dataset.labels, list[EpochEnd]()
    monkeypatch.setattr(
        trainer, "_settings", attrs.evolve(trainer._settings, start=0, batch=10, first_epochs=1)
    )
    monkeypatch.setattr(
        trainer, "_listen", lambda event: epochs.append(event) if isinstance(event, EpochEnd) else None
    )
    with compilations() as compiled:
        start = trainer.start(0)
    assert not compiled["advance"]
    assert not len(start.labelled)
    assert not np.asarray(start.state.carry.classifier).any()
    (row,) = epochs
    assert row.metrics["train/labels"] == pytest.approx(np.log(10), rel=1e-5)  # that of a uniform τ
    typical = next(p for p in trainer._prepared.resolved.parts["acquisition"] if p.name == "typical")
    suggested = trainer.suggest(start, typical, 1)
    monkeypatch.setattr(trainer, "_train", lambda current, _: current)
    counts = np.asarray(trainer.label(start, suggested).state.carry.classifier)
    np.testing.assert_allclose(counts.sum(axis=0), np.bincount(truth[suggested], minlength=10), atol=1e-4)


def test_without_a_warm_start_each_round_trains_a_new_model(simulation, monkeypatch) -> None:
    """All labels are trained on from the first step, and the initial weights of a seed are the same in each round."""
    trainer, start = simulation.calls.trainers[0], simulation.calls.starts[0]
    monkeypatch.setattr(trainer, "_settings", attrs.evolve(trainer._settings, warm_start=False, epochs=2))
    initial, train = list[RoundState](), trainer._train
    monkeypatch.setattr(
        trainer, "_train", lambda current, epochs: (initial.append(current), train(current, epochs))[1]
    )
    more = np.setdiff1d(trainer._pool, start.labelled)[:6]
    with compilations() as compiled:
        after = trainer.label(start, more)
    assert not compiled["advance"]
    assert (after.epoch, int(after.state.step)) == (2, 2 * trainer._prepared.context.steps_per_epoch)
    np.testing.assert_array_equal(after.labelled, np.union1d(start.labelled, more))
    (first,) = initial
    assert (first.epoch, int(first.state.step)) == (0, 0)
    again = init_state(trainer._prepared, trainer._programs, start.seed)
    jax.tree.map(np.testing.assert_array_equal, first.state.params, again.params)
    assert np.asarray(first.state.carry.classifier).sum() == pytest.approx(14, abs=1e-3)


def test_files_and_output(simulation, capfd) -> None:
    ET.fromstring((simulation.out / "curves.svg").read_text(encoding="utf-8"))
    rows = [json.loads(line) for line in (simulation.out / "rounds.jsonl").read_text().splitlines()]
    assert [(row["by"], row["seed"], row["round"]) for row in rows[1:]] == [
        (by, seed, number) for seed in (0, 1) for by in ("margin", "random") for number in (0, 1, 2)
    ]
    written = (simulation.out / "active.json").read_bytes()
    with compilations() as compiled:
        assert main(simulation.arguments) == 0
    assert not compiled["advance"]
    assert (simulation.out / "active.json").read_bytes() == written
    head, *lines, price = capfd.readouterr().out.splitlines()
    assert head.split() == ["labels", "margin", "random"]
    assert [line.split()[0] for line in lines] == ["8", "14", "20"]
    mean = simulation.summary["acquisitions"]["margin"]["mean"]
    assert [float(line.split()[1]) for line in lines] == [round(value, 4) for value in mean]
    assert price.split()[0] == "0.95"


def test_a_killed_simulation_continues_after_the_finished_pairs(simulation, tmp_path, monkeypatch) -> None:
    settings = SimulationSettings(("margin", "random"), 8, 6, 2, 3, 2, warm_start=True)
    assert (settings.total_labels, settings.max_epochs) == (20, 7)
    assert attrs.evolve(settings, warm_start=False).max_epochs == 3
    lines = (simulation.out / "rounds.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "rounds.jsonl").write_text("".join([*lines[:6], lines[6][:9]]))  # 3 of margin, 2 of random
    log, suggested = RoundLog(tmp_path, json.loads(lines[0])), list[tuple[int, str]]()
    resolved = simulation.calls.trainers[0]._prepared.resolved

    class Stub(RoundTrainer):
        def __init__(self, *_: Any) -> None: ...

        def start(self, seed: int) -> RoundState:
            return simulation.calls.starts[seed]

        def suggest(self, current: RoundState, acquisition: Any, _: int) -> np.ndarray:
            suggested.append((current.seed, acquisition.name))
            return np.zeros(0, int)

        def label(self, current: RoundState, _: np.ndarray) -> RoundState:
            return current

    monkeypatch.setattr(simulate, "RoundTrainer", Stub)
    simulate.simulate(resolved, settings, log, on_round=lambda _: None, listen=lambda _: None)
    assert suggested == [(0, "random")] * 2 + [(1, "margin")] * 2 + [(1, "random")] * 2
    reread = RoundLog(tmp_path, json.loads(lines[0]))
    assert reread.completed("margin", 0, 2)[2].accuracy == json.loads(lines[3])["accuracy"]
    assert len(reread.completed("random", 1, 2)) == 3


def test_needed_labels_are_those_of_the_first_round_that_reaches_the_target(tmp_path) -> None:
    log = RoundLog(tmp_path, {})
    for by, seed, accuracies in (
        ("margin", 0, (0.5, 0.9, 0.8)),
        ("margin", 1, (0.9, 0.9, 0.9)),
        ("random", 0, (0.1, 0.2, 0.9)),
        ("random", 1, (0.1, 0.95, 0.9)),
        ("entropy", 0, (0.1, 0.2, 0.3)),
        ("entropy", 1, (0.9, 0.9, 0.9)),
    ):
        for number, accuracy in enumerate(accuracies):
            log.append(Round(by, seed, number, 10 * (number + 1), accuracy))
    settings = SimulationSettings(("margin", "random", "entropy"), 10, 10, 2, 1, 1)
    curves = summarise(settings, log, (0, 1), 0.9)["acquisitions"]
    needed = {by: (curve["needed"], curve["needed_of_random"]) for by, curve in curves.items()}
    assert needed == {"margin": (15, 0.6), "random": (25, 1), "entropy": (None, None)}
    margin = curves["margin"]
    np.testing.assert_allclose(margin["mean"], (0.7, 0.9, 0.85))
    np.testing.assert_allclose(margin["std"], (0.4 / 2**0.5, 0, 0.1 / 2**0.5), atol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "code", "hint"),
    [
        (["--by", "margn"], "E431", "did you mean `margin`?"),
        (["--rounds", "300"], "E302", "ask for fewer"),
    ],
)
def test_settings_that_do_not_fit_are_an_error(tmp_path, capfd, arguments, code, hint) -> None:
    assert main([*command(tmp_path / "out"), *arguments]) == 2
    errors = capfd.readouterr().err
    assert f"error[{code}]" in errors
    assert hint in errors


def test_a_spec_without_a_classifier_is_an_error(simulation) -> None:
    resolved = simulation.calls.trainers[0]._prepared.resolved
    without = attrs.evolve(resolved, parts={**resolved.parts, "classifier": ()})
    with pytest.raises(RcmvaeError, match="E302: the spec has no classifier"):
        find_acquisitions(without, ("margin",))


def test_a_folder_that_cannot_be_created_is_an_error(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RcmvaeError, match=r"E304: cannot write .*: Not a directory"):
        RoundLog(tmp_path / "file" / "out", {})


def test_start_must_not_be_negative(tmp_path, capfd) -> None:
    assert main([*command(tmp_path), "--start", "-1"]) == 2
    assert "argument --start: expected an integer of 0 to 2147483647, got -1" in capfd.readouterr().err


def test_rounds_of_another_experiment_are_an_error_and_stay(tmp_path) -> None:
    RoundLog(tmp_path, {"batch": 10}).append(Round("margin", 0, 0, 10, 0.5))
    before = (tmp_path / "rounds.jsonl").read_bytes()
    with pytest.raises(RcmvaeError, match=r"E411: .*`batch` differs"):
        RoundLog(tmp_path, {"batch": 20})
    assert (tmp_path / "rounds.jsonl").read_bytes() == before
    (tmp_path / "rounds.jsonl").write_text("[]\n3\n")
    with pytest.raises(RcmvaeError, match=r"E411: .* is not a log of rounds"):
        RoundLog(tmp_path, {"batch": 20})
