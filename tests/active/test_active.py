"""`active`: a simulated annotator, from the command of the page to the last curve."""

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

from rcmvae_core.active import simulate
from rcmvae_core.active.bench import Bench, Moment
from rcmvae_core.active.plan import Plan, acquisitions
from rcmvae_core.active.rounds import Ledger, Round, summarise
from rcmvae_core.cli import main
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.training.loop import Row
from rcmvae_core.training.programs import fresh
from tests.support.compilations import compilations

ROOT = Path(__file__).parents[2]
SMALL = [
    "seeds=[0, 1]", "latent.channels=12", "encoder.dense.hidden=[16]", "backbone.dense.hidden=[16]",
    "conditioner=none", "train.batch_size=256",
]  # fmt: skip
SIZES = ["--start", "8", "--batch", "6", "--rounds", "2", "--first-epochs", "3", "--epochs", "2"]


class Seen(NamedTuple):
    """What a bench did."""

    benches: list[Bench]
    begun: list[Moment]
    answers: list[tuple[Moment, np.ndarray, Moment]]


class Spied(NamedTuple):
    """A finished simulation."""

    words: list[str]
    out: Path
    seen: Seen
    compiled: Counter[str]
    found: dict[str, Any]


def command(out: Path) -> list[str]:
    """The first command of the page, of a smaller model and for fewer rounds."""
    page = (ROOT / "docs" / "labels.md").read_text(encoding="utf-8")
    line = re.search(r"^rcmvae active .*$", page, re.MULTILINE)
    assert line
    words = shlex.split(line[0])[1:]
    words[1] = str(ROOT / words[1])
    return [*words, *SIZES, *[word for value in SMALL for word in ("--set", value)], "--out", str(out)]


@pytest.fixture(scope="module")
def spied(tmp_path_factory) -> Spied:
    seen, out = Seen([], [], []), tmp_path_factory.mktemp("active") / "one"

    class Spy(Bench):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            seen.benches.append(self)

        def begin(self, seed: int) -> Moment:
            seen.begun.append(super().begin(seed))
            return seen.begun[-1]

        def answer(self, moment: Moment, indices: np.ndarray) -> Moment:
            after = super().answer(moment, indices)
            seen.answers.append((moment, indices, after))
            return after

    words = command(out)
    with pytest.MonkeyPatch.context() as patch, compilations() as compiled:
        patch.setattr(simulate, "Bench", Spy)
        assert main(words) == 0
    return Spied(words, out, seen, compiled, json.loads((out / "active.json").read_text()))


def test_one_compilation_serves_all_rounds_acquisitions_and_seeds(spied) -> None:
    counted = {name: spied.compiled[name] for name in ("advance", "relabel", "describe", "of", "streams")}
    assert counted == {"advance": 1, "relabel": 1, "describe": 1, "of": 1, "streams": 0}


def test_acquisitions_share_their_beginning_and_ask_for_what_has_no_label(spied) -> None:
    assert [moment.seed for moment in spied.seen.begun] == [0, 1]
    assert len(spied.seen.answers) == 8
    for before, asked, after in spied.seen.answers:
        assert len(asked) == 6
        assert not np.intersect1d(asked, before.labelled).size
        np.testing.assert_array_equal(after.labelled, np.union1d(asked, before.labelled))
        assert after.epoch == before.epoch + 2
    margin, random = spied.seen.answers[0], spied.seen.answers[2]
    assert margin[0] is random[0] is spied.seen.begun[0]
    assert not np.array_equal(np.sort(margin[1]), np.sort(random[1]))
    for one in spied.found["acquisitions"].values():
        for number, begun in enumerate(spied.seen.begun):
            assert one["seeds"][str(number)]["accuracy"][0] == begun.accuracy
            assert one["seeds"][str(number)]["labels"] == [8, 14, 20]
    truth = spied.seen.benches[0]._prepared.dataset.labels
    assert all(len(set(truth[moment.labelled])) == 8 for moment in spied.seen.begun)
    assert not np.array_equal(*(moment.labelled for moment in spied.seen.begun))


def test_training_goes_on_where_it_was(spied) -> None:
    """Adam counts its own steps; a rebuilt optimizer would begin at 0. What was begun from is as it was."""
    steps = spied.seen.benches[0]._prepared.context.steps_per_epoch
    for moment in [*spied.seen.begun, *(after for *_, after in spied.seen.answers)]:
        counts = [int(leaf) for leaf in jax.tree.leaves(moment.state.optimizer) if leaf.dtype == np.int32]
        assert counts
        assert {*counts, int(moment.state.step)} == {moment.epoch * steps}


def test_who_is_asked_is_the_model_of_the_moment(spied) -> None:
    bench, (before, asked, after) = spied.seen.benches[0], spied.seen.answers[-1]
    inputs = bench._prepared.dataset.inputs[asked]
    found = [bench._asked(moment).predict(inputs).probabilities for moment in (before, after)]
    for moment, probabilities in zip((before, after), found, strict=True):
        held = bench._programs_for(bench._split(moment.labelled)).feed.judge(moment.state, asked)
        np.testing.assert_allclose(probabilities, held.probabilities, atol=1e-5)
    assert np.abs(found[0] - found[1]).max() > 1e-3


def test_tau_is_counted_from_all_labels_and_a_first_label_claims(spied) -> None:
    bench, begun = spied.seen.benches[0], spied.seen.begun[0]
    truth = bench._prepared.dataset.labels
    held = bench._programs_for(bench._split(begun.labelled)).feed.judge(begun.state, begun.labelled)
    counted = held.responsibilities.T @ np.eye(10)[truth[begun.labelled]]
    rebuilt = bench._tell(begun, np.zeros(10, bool))
    np.testing.assert_allclose(rebuilt.state.carry.classifier, counted, atol=1e-4)
    told: list[np.ndarray] = []
    tell = bench._tell
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench, "_tell", lambda moment, new: (told.append(new), tell(moment, new))[1])
        patch.setattr(bench, "_train", lambda moment, _: moment)
        missing = np.setdiff1d(np.arange(10), truth[begun.labelled])
        after = bench.answer(begun, bench._pool[truth[bench._pool] == missing[0]][:3])
        bench.answer(after, bench._pool[truth[bench._pool] == missing[0]][3:6])
    assert [np.flatnonzero(new).tolist() for new in told] == [[missing[0]], []]
    column = np.asarray(after.state.carry.classifier)[:, missing[0]]
    assert (np.count_nonzero(column), column.sum()) == (1, pytest.approx(3, abs=1e-4))


def test_a_beginning_without_labels(spied, monkeypatch) -> None:
    """No label is seen or counted, and the first answers begin τ."""
    bench = spied.seen.benches[0]
    truth, told = bench._prepared.dataset.labels, list[Row]()
    monkeypatch.setattr(bench, "_plan", attrs.evolve(bench._plan, start=0, batch=10, first_epochs=1))
    monkeypatch.setattr(
        bench, "_listen", lambda event: told.append(event) if isinstance(event, Row) else None
    )
    with compilations() as compiled:
        begun = bench.begin(0)
    assert not compiled["advance"]
    assert not len(begun.labelled)
    assert not np.asarray(begun.state.carry.classifier).any()
    (row,) = told
    assert row.metrics["train/labels"] == pytest.approx(np.log(10), rel=1e-5)  # that of a uniform τ
    typical = next(p for p in bench._prepared.resolved.parts["acquisition"] if p.name == "typical")
    asked = bench.ask(begun, typical, 1)
    monkeypatch.setattr(bench, "_train", lambda moment, _: moment)
    counts = np.asarray(bench.answer(begun, asked).state.carry.classifier)
    np.testing.assert_allclose(counts.sum(axis=0), np.bincount(truth[asked], minlength=10), atol=1e-4)


def test_anew_each_round_is_a_model_of_its_own(spied, monkeypatch) -> None:
    """It sees all labels from its first step, and a seed begins from the same weights each time."""
    bench, begun = spied.seen.benches[0], spied.seen.begun[0]
    monkeypatch.setattr(bench, "_plan", attrs.evolve(bench._plan, anew=True, epochs=2))
    told, train = list[Moment](), bench._train
    monkeypatch.setattr(
        bench, "_train", lambda moment, epochs: (told.append(moment), train(moment, epochs))[1]
    )
    more = np.setdiff1d(bench._pool, begun.labelled)[:6]
    with compilations() as compiled:
        after = bench.answer(begun, more)
    assert not compiled["advance"]
    assert (after.epoch, int(after.state.step)) == (2, 2 * bench._prepared.context.steps_per_epoch)
    np.testing.assert_array_equal(after.labelled, np.union1d(begun.labelled, more))
    (first,) = told
    assert (first.epoch, int(first.state.step)) == (0, 0)
    again = fresh(bench._prepared, bench._programs, begun.seed)
    jax.tree.map(np.testing.assert_array_equal, first.state.params, again.params)
    assert np.asarray(first.state.carry.classifier).sum() == pytest.approx(14, abs=1e-3)


def test_what_is_written_and_printed(spied, capfd) -> None:
    ET.fromstring((spied.out / "curves.svg").read_text(encoding="utf-8"))
    rows = [json.loads(line) for line in (spied.out / "rounds.jsonl").read_text().splitlines()]
    assert [(row["by"], row["seed"], row["round"]) for row in rows[1:]] == [
        (by, seed, number) for seed in (0, 1) for by in ("margin", "random") for number in (0, 1, 2)
    ]
    written = (spied.out / "active.json").read_bytes()
    with compilations() as compiled:
        assert main(spied.words) == 0
    assert not compiled["advance"]
    assert (spied.out / "active.json").read_bytes() == written
    head, *lines, price = capfd.readouterr().out.splitlines()
    assert head.split() == ["labels", "margin", "random"]
    assert [line.split()[0] for line in lines] == ["8", "14", "20"]
    mean = spied.found["acquisitions"]["margin"]["mean"]
    assert [float(line.split()[1]) for line in lines] == [round(value, 4) for value in mean]
    assert price.split()[0] == "0.95"


def test_a_killed_simulation_goes_on_after_the_pairs_that_are_finished(spied, tmp_path, monkeypatch) -> None:
    plan = Plan(("margin", "random"), 8, 6, 2, 3, 2)
    assert (plan.labels, plan.all_epochs, attrs.evolve(plan, anew=True).all_epochs) == (20, 7, 3)
    lines = (spied.out / "rounds.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "rounds.jsonl").write_text("".join([*lines[:6], lines[6][:9]]))  # 3 of margin, 2 of random
    ledger, did = Ledger(tmp_path, json.loads(lines[0])), list[tuple[int, str]]()
    resolved = spied.seen.benches[0]._prepared.resolved

    class Stub(Bench):
        def __init__(self, *_: Any) -> None: ...

        def begin(self, seed: int) -> Moment:
            return spied.seen.begun[seed]

        def ask(self, moment: Moment, by: Any, _: int) -> np.ndarray:
            did.append((moment.seed, by.name))
            return np.zeros(0, int)

        def answer(self, moment: Moment, _: np.ndarray) -> Moment:
            return moment

    monkeypatch.setattr(simulate, "Bench", Stub)
    simulate.simulate(resolved, plan, ledger, tell=lambda _: None, listen=lambda _: None)
    assert did == [(0, "random")] * 2 + [(1, "margin")] * 2 + [(1, "random")] * 2
    again = Ledger(tmp_path, json.loads(lines[0]))
    assert again.of("margin", 0, 2)[2].accuracy == json.loads(lines[3])["accuracy"]
    assert len(again.of("random", 1, 2)) == 3


def test_what_the_target_took(tmp_path) -> None:
    ledger = Ledger(tmp_path, {})
    for by, seed, accuracies in (
        ("margin", 0, (0.5, 0.9, 0.8)),
        ("margin", 1, (0.9, 0.9, 0.9)),
        ("random", 0, (0.1, 0.2, 0.9)),
        ("random", 1, (0.1, 0.95, 0.9)),
        ("entropy", 0, (0.1, 0.2, 0.3)),
        ("entropy", 1, (0.9, 0.9, 0.9)),
    ):
        for number, accuracy in enumerate(accuracies):
            ledger.add(Round(by, seed, number, 10 * (number + 1), accuracy))
    found = summarise(Plan(("margin", "random", "entropy"), 10, 10, 2, 1, 1), ledger, (0, 1), 0.9)
    needed = {by: (one["needed"], one["needed_of_random"]) for by, one in found["acquisitions"].items()}
    assert needed == {"margin": (15, 0.6), "random": (25, 1), "entropy": (None, None)}
    margin = found["acquisitions"]["margin"]
    np.testing.assert_allclose(margin["mean"], (0.7, 0.9, 0.85))
    np.testing.assert_allclose(margin["std"], (0.4 / 2**0.5, 0, 0.1 / 2**0.5), atol=1e-12)


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        (["--by", "margn"], "E431", "did you mean `margin`?"),
        (["--rounds", "300"], "E302", "ask for fewer"),
    ],
)
def test_faults(tmp_path, capfd, words, code, hint) -> None:
    assert main([*command(tmp_path / "out"), *words]) == 2
    told = capfd.readouterr().err
    assert f"error[{code}]" in told
    assert hint in told


def test_a_spec_without_a_classifier_learns_nothing_from_an_annotator(spied) -> None:
    resolved = spied.seen.benches[0]._prepared.resolved
    without = attrs.evolve(resolved, parts={**resolved.parts, "classifier": ()})
    with pytest.raises(RcmvaeError, match="E302: the spec has no classifier"):
        acquisitions(without, ("margin",))


def test_a_folder_that_cannot_be_made_is_told(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RcmvaeError, match=r"E304: cannot write .*: Not a directory"):
        Ledger(tmp_path / "file" / "out", {})


def test_none_may_be_known_at_first_but_not_fewer(tmp_path, capfd) -> None:
    assert main([*command(tmp_path), "--start", "-1"]) == 2
    assert "argument --start: expected a whole number, 0 or more, got -1" in capfd.readouterr().err


def test_rounds_of_another_experiment_are_left_alone(tmp_path) -> None:
    Ledger(tmp_path, {"batch": 10}).add(Round("margin", 0, 0, 10, 0.5))
    before = (tmp_path / "rounds.jsonl").read_bytes()
    with pytest.raises(RcmvaeError, match=r"E411: .*`batch` differs"):
        Ledger(tmp_path, {"batch": 20})
    assert (tmp_path / "rounds.jsonl").read_bytes() == before
    (tmp_path / "rounds.jsonl").write_text("[]\n3\n")
    with pytest.raises(RcmvaeError, match=r"E411: .* is no file of rounds"):
        Ledger(tmp_path, {"batch": 20})
