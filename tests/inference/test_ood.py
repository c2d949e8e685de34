"""The training reference of a run, its scores, and which inputs they call out-of-distribution."""

from __future__ import annotations

import json
import re
import shutil

import attrs
import numpy as np
import pytest

from rcmvae_core.cli.actions.evaluate import as_text
from rcmvae_core.cli.main import main
from rcmvae_core.data import dataset
from rcmvae_core.data.fingerprint import item_ids
from rcmvae_core.data.label_overlay import identity
from rcmvae_core.data.split import split_dataset
from rcmvae_core.inference import trained_model, training_reference
from rcmvae_core.inference.load import load
from rcmvae_core.inference.query import unlabelled_indices
from rcmvae_core.labels.records import Provenance
from rcmvae_core.labels.store import LabelStore
from rcmvae_core.labels.store_path import default_path
from rcmvae_core.training.setup import prepare

COLUMNS = {"responsibilities": 6, "probabilities": 10, "latents": 2}


@pytest.fixture(scope="module")
def data(trained):
    part = trained.resolved.one("data")
    dataset_ = dataset.load_dataset(part)
    return dataset_, split_dataset(part, dataset_)[1]


def test_a_run_keeps_statistics_of_its_training_inputs(run, trained, data) -> None:
    assert (run / training_reference.NAME).is_file()
    steps = [int(state.step) for state in trained.states]
    saved = training_reference.read_reference(run, trained.seeds, steps, COLUMNS)
    assert saved is not None
    computed = training_reference.compute_reference(trained.forward_stats, prepare(trained.resolved))
    for one, other in zip(saved, computed, strict=True):
        assert one.measured == {}  # no score of the run measures with the model
        for name, array in zip(one._fields[:-1], one[:-1], strict=True):
            np.testing.assert_allclose(array, getattr(other, name), rtol=1e-4, atol=1e-4, err_msg=name)
            assert len(array) == len(data[1].train)


def test_a_reference_of_another_state_is_computed_again(run, trained) -> None:
    steps = [int(state.step) for state in trained.states]
    assert (
        training_reference.read_reference(run, trained.seeds, [step + 1 for step in steps], COLUMNS) is None
    )
    later = attrs.evolve(trained, states=tuple(s._replace(step=s.step + 1) for s in trained.states))
    with pytest.MonkeyPatch.context() as patch:
        calls: list[str] = []
        patch.setattr(trained_model, "prepare", lambda _: calls.append("prepare"))
        patch.setattr(trained_model, "compute_reference", lambda *_: trained.ood_scorer.training)
        assert later.ood_scorer.training is trained.ood_scorer.training
        assert calls == ["prepare"]
        assert len(attrs.evolve(trained).ood_scorer.training) == 2
        assert calls == ["prepare"]


def test_five_in_a_hundred_training_inputs_exceed_the_threshold(trained, data) -> None:
    scorer = trained.ood_scorer
    scores = scorer.scores(scorer.training)
    for name, threshold in scorer.thresholds(0.95).items():
        assert np.mean(scores[name] > threshold) == pytest.approx(0.05, abs=0.005), name
    np.testing.assert_array_equal(
        scorer.is_ood(scores), scores["unexplained"] > scorer.thresholds()["unexplained"]
    )
    quantiles = scorer.quantiles(scores)["detail"]
    np.testing.assert_allclose(quantiles, [np.mean(scores["detail"] < v) for v in scores["detail"]])


def test_scores_are_the_mean_over_the_seeds(trained, digits) -> None:
    both = trained.score(digits[:9])
    alone = [load(trained.folder, seed=seed).score(digits[:9]) for seed in trained.seeds]
    for name, values in both.items():
        np.testing.assert_allclose(values, np.mean([one[name] for one in alone], axis=0), rtol=1e-5)
    assert trained.ood_scorer.deciding == "unexplained"


def test_a_prediction_says_what_is_out_of_distribution(trained, digits) -> None:
    predictions = trained.predict(digits[:300])
    threshold = trained.ood_scorer.thresholds()["unexplained"]
    np.testing.assert_array_equal(predictions.ood, predictions.scores["unexplained"] > threshold)
    assert 0 < predictions.ood.mean() < 0.2


def test_variation_and_detail_are_statistics_of_the_input(trained, digits) -> None:
    x = digits[:5].astype(np.float64)[..., 0] / 16
    stats = trained.forward_stats(digits[:5])[0]
    variation = [np.sum((one - one.mean()) ** 2) for one in x]
    detail = [np.sum(np.diff(one, axis=0) ** 2) + np.sum(np.diff(one, axis=1) ** 2) for one in x]
    np.testing.assert_allclose(stats.variation, variation, rtol=1e-5)
    np.testing.assert_allclose(stats.detail, detail, rtol=1e-5)
    assert (np.asarray(stats.squared_error) > 0).all()


def test_without_reference_and_data_there_are_no_scores_and_a_warning(trained, digits) -> None:
    without_folder = attrs.evolve(trained, folder=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trained_model, "prepare", _missing_data)
        with pytest.warns(UserWarning, match="W430"):
            assert without_folder.score(digits[:2]) == {}


def _missing_data(*_):
    from rcmvae_core.errors import Diagnostic, RcmvaeError

    raise RcmvaeError([Diagnostic("E305", "the data are missing")])


def call(capfd, *words):
    code = main([str(word) for word in words])
    out, err = capfd.readouterr()
    return code, (json.loads(out) if "--json" in words else out), err


@pytest.mark.parametrize("by", ["entropy", "bald"])
def test_suggestions_are_unlabelled_and_have_predictions(run, trained, data, capfd, by) -> None:
    code, output, _ = call(capfd, "suggest", run, "-n", 6, "--by", by, "--json")
    rows, (dataset_, split_) = output["suggestions"], data
    ids = item_ids(dataset_)
    assert code == 0
    assert len({row["item"] for row in rows}) == 6
    for row in rows:
        assert row["item"] == ids[row["index"]]
        assert row["index"] in split_.train
        assert row["item"] not in {ids[i] for i in split_.labelled}
    indices = np.array([row["index"] for row in rows])
    predictions = trained.predict(dataset_.inputs[indices])
    assert [row["prediction"] for row in rows] == predictions.names
    np.testing.assert_allclose(
        [row["probability"] for row in rows], predictions.probabilities.max(axis=1), rtol=1e-5
    )
    if by == "entropy":
        np.testing.assert_allclose([row["score"] for row in rows], predictions.entropy, rtol=1e-4)
        _, text, _ = call(capfd, "suggest", run, "-n", 6)
        assert [line.partition(" ")[0] for line in text.splitlines()] == [row["item"] for row in rows]


def test_items_labelled_in_the_store_are_not_suggested(run, trained, data, tmp_path, capfd) -> None:
    moved = tmp_path / "run"
    shutil.copytree(run, moved)
    _, before, _ = call(capfd, "suggest", moved, "-n", 4, "--json")
    own = identity(data[0])
    items = [row["item"] for row in before["suggestions"]]
    path = default_path(moved, trained.resolved.one("data").name, own)
    with LabelStore(path, own) as store:
        store.assign(items, 0, Provenance("somebody"))
    _, after, _ = call(capfd, "suggest", moved, "-n", 4, "--json")
    assert not {row["item"] for row in after["suggestions"]} & set(items)


def test_of_equal_inputs_only_the_first_is_suggested() -> None:
    indices = unlabelled_indices(np.array([5, 1, 3, 0]), ["a", "b", "c", "b", "d", "a"], {"c"})
    assert indices.tolist() == [5, 1]


def test_an_unknown_acquisition_is_an_error(run, capfd) -> None:
    code, output, _ = call(capfd, "suggest", run, "--by", "entropie", "--json")
    assert code == 2
    assert output["diagnostics"][0]["code"] == "E431"
    assert "`entropy`" in output["diagnostics"][0]["help"][0]


def test_evaluate_computes_metrics_of_predictions_and_of_detection(
    run, trained, data, tmp_path, capfd
) -> None:
    noise = np.random.default_rng(0).integers(0, 17, (80, 8, 8), np.uint8)
    np.save(tmp_path / "noise.npy", noise)
    out = tmp_path / "out"
    code, output, _ = call(capfd, "evaluate", run, "--against", tmp_path / "noise.npy", "-o", out, "--json")
    dataset_, split_ = data
    p = trained.predict(dataset_.inputs[split_.test]).probabilities
    assert code == 0
    assert output["accuracy"] == pytest.approx(np.mean(p.argmax(axis=1) == dataset_.labels[split_.test]))
    means = {"accuracy", "balanced_accuracy", "macro_f1", "average_precision"}
    assert set(output) == {
        "inputs", *means, "ece", "negative_log_likelihood", "aurc", "metrics", "classes", "ood"
    }  # fmt: skip
    named = {"accuracy", "balanced_accuracy", "macro_f1", "brier", "ece", "adaptive_ece"}
    assert {name for name, row in output["metrics"].items() if "seeds" not in row} == named
    for name in named & set(output):
        assert output["metrics"][name]["value"] == pytest.approx(output[name], rel=1e-6)
    assert output["metrics"]["brier"]["better"] == "lower"
    assert [each["name"] for each in output["classes"]] == list(trained.class_names)
    assert sum(each["support"] for each in output["classes"]) == output["inputs"]
    occurring = [each["recall"] for each in output["classes"] if each["support"]]
    assert output["balanced_accuracy"] == pytest.approx(np.mean(occurring))
    own, other = (trained.score(x)["detail"] for x in (dataset_.inputs[split_.test], noise))
    pairs = np.mean((other[:, None] > own) + 0.5 * (other[:, None] == own))
    assert output["ood"]["scores"]["detail"]["auroc"] == pytest.approx(pairs)
    assert output["ood"]["decides"] == "unexplained"
    leakage = output["ood"]["neighbourhood"]
    assert sum(leakage["classes"].values()) == leakage["leaked"] <= 80
    assert leakage["share"] < leakage["test_share"] <= 1
    assert json.loads((out / "evaluation.json").read_text()) == output
    figures = {
        f"{name}.{form}" for name in ("reliability", "risk_coverage", "scores") for form in ("svg", "png")
    }
    assert {path.name for path in out.iterdir()} == {"evaluation.json", *figures}


def test_evaluate_without_other_inputs_has_no_detection_metrics(run, capfd) -> None:
    code, text, warning = call(capfd, "evaluate", run)
    assert code == 0
    assert text.splitlines()[0].endswith("test inputs")
    assert "ECE" in text
    assert "AUROC" not in text
    assert [line.partition(" ")[0] for line in text.splitlines()].count("accuracy") == 1
    assert re.search(r"^adaptive ece       0\.\d{4}\nbrier              \d\.\d{4}$", text, re.MULTILINE)
    rows = [line.split() for line in text.splitlines()[-10:]]
    missed = [name for name, support, predicted, *_ in rows if predicted == "0" and support != "0"]
    assert missed
    assert "warning[W422]: never predicted" in warning
    assert all(f"`{name}` (" in warning for name in missed)


def test_metrics_are_shown_with_their_units() -> None:
    rows = {"ece": 0.1, "my_cost": 12.5, "by_class/a": 1.0}
    metrics = {
        name: {"value": value, "unit": "" if name == "ece" else "euro", "better": ""}
        for name, value in rows.items()
    }
    lines = as_text({"inputs": 7, "ece": 0.1, "metrics": metrics}).splitlines()
    assert lines == [
        "7 test inputs", "ECE                0.1000", "my cost            12.5000 euro", "by class/a         1.0000 euro",
    ]  # fmt: skip


def test_evaluate_warns_of_a_metric_that_fails(run, capfd, monkeypatch) -> None:
    monkeypatch.setattr("rcmvae_plugins.metrics.predictions.brier", lambda *_: "good")
    code, text, warning = call(capfd, "evaluate", run)
    assert code == 0
    assert "warning[W490]: the results lack metric `brier` of rcmvae" in warning
    assert "adaptive ece" in text


def test_neither_a_file_nor_a_data_plugin_is_an_error(run, capfd) -> None:
    code, output, _ = call(capfd, "evaluate", run, "--against", "nowhere", "--json")
    assert code == 2
    assert output["diagnostics"][0]["code"] == "E305"
