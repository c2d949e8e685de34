"""What a run compares inputs with, and what it takes for foreign."""

from __future__ import annotations

import json
import shutil

import attrs
import numpy as np
import pytest

from rcmvae_core import cli
from rcmvae_core.inference import reference
from rcmvae_core.inference.load import load
from rcmvae_core.inference.suggest import open_indices
from rcmvae_core.labels.items import identity, item_ids
from rcmvae_core.labels.records import Provenance
from rcmvae_core.labels.store import LabelStore
from rcmvae_core.labels.store_path import default_path
from rcmvae_core.training import dataset
from rcmvae_core.training.prepare import prepare
from rcmvae_core.training.split import split


@pytest.fixture(scope="module")
def data(trained):
    part = trained.resolved.one("data")
    whole = dataset.load(part)
    return whole, split(part, whole)[1]


def test_a_run_keeps_what_its_training_inputs_look_like(run, trained, data) -> None:
    assert (run / reference.NAME).is_file()
    found = reference.find(trained)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference, "prepare", None)  # the file is enough
        reference.find(trained)
    anew = reference.refer(trained, prepare(trained.resolved))
    for one, other in zip(found, anew, strict=True):
        for name, array in one._asdict().items():
            np.testing.assert_allclose(array, getattr(other, name), rtol=1e-4, atol=1e-4, err_msg=name)
            assert len(array) == len(data[1].train)


def test_a_reference_of_another_state_is_made_anew(run, trained) -> None:
    later = attrs.evolve(trained, states=tuple(s._replace(step=s.step + 1) for s in trained.states))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference, "prepare", lambda _: None)
        patch.setattr(reference, "refer", lambda *_: ())
        assert reference.find(later) == ()
        assert len(reference.find(trained)) == 2


def test_a_threshold_is_what_five_in_a_hundred_training_inputs_exceed(trained, data) -> None:
    judge = trained.judge
    values = judge.values(judge.training)
    for name, threshold in judge.thresholds(0.95).items():
        assert np.mean(values[name] > threshold) == pytest.approx(0.05, abs=0.005), name
    np.testing.assert_array_equal(
        judge.beyond(values), values["unexplained"] > judge.thresholds()["unexplained"]
    )
    shares = judge.shares(values)["detail"]
    np.testing.assert_allclose(shares, [np.mean(values["detail"] < v) for v in values["detail"]])


def test_of_two_seeds_the_mean_counts(trained, digits) -> None:
    both = trained.score(digits[:9])
    alone = [load(trained.folder, seed=seed).score(digits[:9]) for seed in trained.seeds]
    for name, values in both.items():
        np.testing.assert_allclose(values, np.mean([one[name] for one in alone], axis=0), rtol=1e-5)
    assert trained.judge.decides == "unexplained"


def test_a_prediction_says_what_is_out_of_distribution(trained, digits) -> None:
    found = trained.predict(digits[:300])
    threshold = trained.judge.thresholds()["unexplained"]
    np.testing.assert_array_equal(found.ood, found.scores["unexplained"] > threshold)
    assert 0 < found.ood.mean() < 0.2


def test_statistics_of_an_outcome_are_those_of_the_inputs(trained, digits) -> None:
    x = digits[:5].astype(np.float64)[..., 0] / 16
    found = trained.outcome(digits[:5])[0]
    variation = [np.sum((one - one.mean()) ** 2) for one in x]
    detail = [np.sum(np.diff(one, axis=0) ** 2) + np.sum(np.diff(one, axis=1) ** 2) for one in x]
    np.testing.assert_allclose(found.variation, variation, rtol=1e-5)
    np.testing.assert_allclose(found.detail, detail, rtol=1e-5)
    assert (np.asarray(found.squared_error) > 0).all()


def test_without_reference_and_data_scores_are_left_out_with_a_word(trained, digits) -> None:
    gone = attrs.evolve(trained, folder=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference, "prepare", _gone)
        with pytest.warns(UserWarning, match="W430"):
            assert gone.score(digits[:2]) == {}


def _gone(*_):
    from rcmvae_core.errors import Diagnostic, RcmvaeError

    raise RcmvaeError([Diagnostic("E305", "the data are gone")])


def ask(capsys, *words):
    code = cli.main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, (json.loads(out) if "--json" in words else out), err


@pytest.mark.parametrize("by", ["entropy", "bald"])
def test_suggestions_are_open_and_come_with_what_the_model_says(run, trained, data, capsys, by) -> None:
    code, found, _ = ask(capsys, "suggest", run, "-n", 6, "--by", by, "--json")
    rows, (whole, who) = found["suggestions"], data
    ids = item_ids(whole)
    assert code == 0
    assert len({row["item"] for row in rows}) == 6
    for row in rows:
        assert row["item"] == ids[row["index"]]
        assert row["index"] in who.train
        assert row["item"] not in {ids[i] for i in who.labelled}
    indices = np.array([row["index"] for row in rows])
    now = trained.predict(whole.inputs[indices])
    assert [row["prediction"] for row in rows] == now.names
    np.testing.assert_allclose([row["probability"] for row in rows], now.probabilities.max(axis=1), rtol=1e-5)
    if by == "entropy":
        np.testing.assert_allclose([row["score"] for row in rows], now.entropy, rtol=1e-4)
        _, text, _ = ask(capsys, "suggest", run, "-n", 6)
        assert [line.split()[0] for line in text.splitlines()] == [row["item"] for row in rows]


def test_what_the_store_labels_is_not_suggested_again(run, trained, data, tmp_path, capsys) -> None:
    moved = tmp_path / "run"
    shutil.copytree(run, moved)
    _, before, _ = ask(capsys, "suggest", moved, "-n", 4, "--json")
    own = identity(data[0])
    items = [row["item"] for row in before["suggestions"]]
    path = default_path(moved, trained.resolved.one("data").name, own)
    with LabelStore(path, own) as store:
        store.assign(items, 0, Provenance("somebody"))
    _, after, _ = ask(capsys, "suggest", moved, "-n", 4, "--json")
    assert not {row["item"] for row in after["suggestions"]} & set(items)


def test_equal_inputs_are_asked_about_once() -> None:
    found = open_indices(np.array([5, 1, 3, 0]), ["a", "b", "c", "b", "d", "a"], {"c"})
    assert found.tolist() == [5, 1]


def test_an_unknown_acquisition_is_told(run, capsys) -> None:
    code, found, _ = ask(capsys, "suggest", run, "--by", "entropie", "--json")
    assert code == 2
    assert found["diagnostics"][0]["code"] == "E431"
    assert "`entropy`" in found["diagnostics"][0]["help"][0]


def test_an_evaluation_judges_predictions_and_tells_foreign_inputs(
    run, trained, data, tmp_path, capsys
) -> None:
    noise = np.random.default_rng(0).integers(0, 17, (80, 8, 8), np.uint8)
    np.save(tmp_path / "noise.npy", noise)
    out = tmp_path / "out"
    code, found, _ = ask(capsys, "evaluate", run, "--against", tmp_path / "noise.npy", "-o", out, "--json")
    whole, who = data
    p = trained.predict(whole.inputs[who.test]).probabilities
    assert code == 0
    assert found["accuracy"] == pytest.approx(np.mean(p.argmax(axis=1) == whole.labels[who.test]))
    assert set(found) == {"inputs", "accuracy", "ece", "negative_log_likelihood", "aurc", "ood"}
    own, other = (trained.score(x)["detail"] for x in (whole.inputs[who.test], noise))
    pairs = np.mean((other[:, None] > own) + 0.5 * (other[:, None] == own))
    assert found["ood"]["scores"]["detail"]["auroc"] == pytest.approx(pairs)
    assert found["ood"]["decides"] == "unexplained"
    assert json.loads((out / "evaluation.json").read_text()) == found
    figures = {
        f"{name}.{form}" for name in ("reliability", "risk_coverage", "scores") for form in ("svg", "png")
    }
    assert {path.name for path in out.iterdir()} == {"evaluation.json", *figures}


def test_a_run_alone_is_judged_without_foreign_inputs(run, capsys) -> None:
    code, text, _ = ask(capsys, "evaluate", run)
    assert code == 0
    assert text.splitlines()[0].endswith("test inputs")
    assert "ECE" in text
    assert "AUROC" not in text


def test_what_is_neither_a_file_nor_a_data_plugin_is_told(run, capsys) -> None:
    code, found, _ = ask(capsys, "evaluate", run, "--against", "nowhere", "--json")
    assert code == 2
    assert found["diagnostics"][0]["code"] == "E305"
