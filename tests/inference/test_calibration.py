"""Calibrators of a run: which labels they are fitted to, where these are kept, and what predictions and evaluations show."""

from __future__ import annotations

import csv
import json
import shutil
import warnings
from pathlib import Path

import attrs
import numpy as np
import pytest

from rcmvae_core.cli.calibration_lines import calibration_lines
from rcmvae_core.cli.main import main
from rcmvae_core.data.label_overlay import LabelledDataset
from rcmvae_core.data.split import given_labels
from rcmvae_core.inference import calibration_labels
from rcmvae_core.inference.calibration import Calibration, log_probabilities
from rcmvae_core.inference.calibration_labels import NAME, CalibrationLabels, choose_source, source_warning
from rcmvae_core.inference.calibration_metrics import calibration_metrics, set_metrics
from rcmvae_core.inference.load import load
from rcmvae_core.inference.prediction_table import PredictionBatch, as_arrays, as_columns
from rcmvae_core.plugin.protocols import CalibratedPrediction, FittedCalibrator
from rcmvae_core.runtime.records import RecordError
from rcmvae_core.training.setup import prepare

SETTINGS = ("calibrator.temperature={}", "calibrator.conformal.coverage=0.8")


def prepared(trained, **keys):
    """The data of a run with other keys of `[data]`."""
    part = trained.resolved.one("data")
    changed = attrs.evolve(part, keys=attrs.evolve(part.keys, **keys))
    return prepare(attrs.evolve(trained.resolved, parts={**trained.resolved.parts, "data": (changed,)}))


@pytest.fixture(scope="module")
def calibrated(run, tmp_path_factory):
    """The run with its predictions for calibration, as a run with calibrators writes them."""
    folder = tmp_path_factory.mktemp("calibrated") / "run"
    shutil.copytree(run, folder)
    plain = load(run)
    labels = calibration_labels.compute_calibration_labels(plain.forward_stats, prepare(plain.resolved))
    assert labels is not None
    steps = [int(state.step) for state in plain.states]
    np.savez(folder / NAME, **calibration_labels.as_arrays(labels, plain.seeds, steps))
    return folder


def test_labels_that_are_kept_do_not_train(trained) -> None:
    plain, kept = prepared(trained), prepared(trained, calibration_fraction=0.2)
    before, split = plain.split, kept.split
    assert len(split.calibration) == len(before.labelled) // 5
    np.testing.assert_array_equal(np.union1d(split.labelled, split.calibration), before.labelled)
    np.testing.assert_array_equal(np.sort(np.append(split.train, split.calibration)), np.sort(before.train))
    assert not np.intersect1d(split.calibration, np.concatenate([*split[:3], split.labelled])).size
    np.testing.assert_array_equal(split.calibration_labels, kept.dataset.labels[split.calibration])
    assert kept.context.labelled == len(split.labelled)
    assert any("are kept for calibration" in note for note in kept.dataset.notes)


def test_the_labels_that_a_store_gives_are_kept_alike(trained) -> None:
    """Without labels of the store, training is given what the split says."""
    data = prepared(trained, calibration_fraction=0.3)
    keys = attrs.evolve(trained.resolved.one("data").keys, calibration_fraction=0.3)
    none = np.full(len(data.dataset.labels), -1)
    given = given_labels(keys, data.split, LabelledDataset(data.dataset, data.dataset, none, 0))
    np.testing.assert_array_equal(given.labelled, data.split.labelled)
    np.testing.assert_array_equal(given.given, data.split.given)


def test_where_labels_come_from(trained) -> None:
    kept = prepared(trained, calibration_fraction=0.2)
    np.testing.assert_array_equal(choose_source(kept)[0], kept.split.calibration)
    assert choose_source(kept)[2] == "kept"
    plain = prepared(trained)
    indices, labels, source = choose_source(plain)
    assert (source, set(indices) <= set(plain.split.validation)) == ("validation", True)
    np.testing.assert_array_equal(labels, plain.dataset.labels[indices])
    hidden = plain.dataset.labels.copy()
    hidden[plain.split.validation[7:]] = -1
    few = plain._replace(dataset=plain.dataset._replace(labels=hidden))
    indices, labels, source = choose_source(few)
    assert source == "training"
    np.testing.assert_array_equal(indices, plain.split.labelled)
    codes = {each: source_warning(each) for each in ("kept", "validation", "training", None)}
    assert {each: warning and warning.code for each, warning in codes.items()} == {
        "kept": None, "validation": None, "training": "W433", None: "W434",
    }  # fmt: skip


def test_what_a_run_keeps_needs_no_data(calibrated, digits, monkeypatch) -> None:
    monkeypatch.setattr("rcmvae_core.inference.trained_model.prepare", lambda _: pytest.fail("data are read"))
    model = load(calibrated, settings=SETTINGS)
    predictions = model.predict(digits[:40])
    assert predictions.calibrated is not None
    scaled, sets = predictions.calibrated["temperature"], predictions.calibrated["conformal"]
    assert (scaled.sets, sets.probabilities) == (None, None)
    np.testing.assert_allclose(scaled.probabilities.sum(axis=1), 1)
    np.testing.assert_array_equal(scaled.probabilities.argmax(axis=1), predictions.labels)
    logs = log_probabilities(predictions.probabilities)
    fitted = model.calibration.fitted["temperature"][1]
    np.testing.assert_allclose(fitted.apply(logs).probabilities, scaled.probabilities)
    part = predictions.take(np.array([5, 2]))
    np.testing.assert_array_equal(part.calibrated["conformal"].sets, sets.sets[[5, 2]])


def test_a_seed_and_the_ensemble_are_calibrated_by_themselves(calibrated) -> None:
    labels = {seed: load(calibrated, seed=seed, settings=SETTINGS).calibration for seed in (3, 1, None)}
    summaries = {seed: each.fitted["temperature"][1].summary for seed, each in labels.items()}
    assert len(set(summaries.values())) == 3


def test_labels_of_another_state_are_not_used(calibrated) -> None:
    model = load(calibrated)
    steps, classes = [int(state.step) for state in model.states], len(model.class_names)
    read = calibration_labels.read_calibration_labels
    saved = read(calibrated, model.seeds, steps, classes)
    assert saved is not None
    assert saved.probabilities.shape == (2, len(saved.labels), classes)
    assert read(calibrated, model.seeds, [step + 1 for step in steps], classes) is None
    assert read(calibrated, (99,), steps[:1], classes) is None
    later = load(calibrated, settings=SETTINGS).in_states(model.states, model.seeds)
    assert not later.calibration.fitted


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("labels", lambda a: a + 100, "has no labels of"),
        ("labels", lambda a: a.astype(float), "has no labels of"),
        ("source", lambda a: a + 9, "`source` is"),
        ("source", lambda a: a.astype(float), "`source` is 1.0"),
        ("3/probabilities", lambda a: a[:-1], "has no probabilities"),
        ("3/probabilities", lambda a: a * np.nan, "has no probabilities"),
    ],
)
def test_a_corrupt_file_is_reported(calibrated, tmp_path, name, change, message) -> None:
    model = load(calibrated)
    with np.load(calibrated / NAME) as file:
        arrays = {key: file[key] for key in file.files}
    np.savez(tmp_path / NAME, **arrays | {name: change(arrays[name])})
    steps = [int(state.step) for state in model.states]
    with pytest.raises(RecordError, match=message):
        calibration_labels.read_calibration_labels(tmp_path, model.seeds, steps, len(model.class_names))


def test_evaluate_compares_before_and_after(calibrated, capfd) -> None:
    settings = [word for value in SETTINGS for word in ("--set", value)]
    assert main(["evaluate", str(calibrated), *settings, "--json"]) == 0
    metrics = json.loads(capfd.readouterr().out)
    entry = metrics["calibration"]
    assert entry["source"] == "validation"
    temperature, conformal = entry["calibrators"]["temperature"], entry["calibrators"]["conformal"]
    assert temperature["before"]["ece"] == pytest.approx(metrics["ece"])
    assert temperature["after"]["negative_log_likelihood"] < metrics["negative_log_likelihood"]
    assert conformal["promised_coverage"] == 0.8
    assert abs(conformal["coverage"] - 0.8) < 0.12
    assert main(["evaluate", str(calibrated), *settings]) == 0
    text = capfd.readouterr().out
    for words in ("labels of validation inputs", "temperature: T = ", "of 0.8 promised"):
        assert words in text


def test_predict_writes_columns(calibrated, tmp_path, digits) -> None:
    np.save(tmp_path / "x.npy", digits[:12])
    settings = [word for value in SETTINGS for word in ("--set", value)]
    words = ["predict", str(calibrated), str(tmp_path / "x.npy"), *settings, "-o", str(tmp_path / "out.csv")]
    assert main(words) == 0
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        assert sum(float(row[f"temperature_p_{y}"]) for y in range(10)) == pytest.approx(1, abs=1e-4)
        assert len([each for each in row["conformal_set"].split("|") if each]) == int(row["conformal_size"])


def test_an_export_takes_the_labels_along(calibrated, tmp_path, digits) -> None:
    assert main(["export", str(calibrated), "-o", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / NAME).is_file()
    one, other = (
        load(folder, settings=SETTINGS).predict(digits[:9]) for folder in (calibrated, tmp_path / "out")
    )
    for name in ("temperature", "conformal"):
        for a, b in zip(one.calibrated[name], other.calibrated[name], strict=True):
            assert (a is None and b is None) or np.allclose(a, b, atol=1e-5)


def test_a_run_of_an_older_version_reads_its_data(run) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = load(run, settings=SETTINGS)
        assert model.calibration.source == "validation"
    assert not (Path(run) / NAME).exists()


def test_labels_that_trained_give_a_warning(run, trained) -> None:
    p = np.full((2, 30, 10), 0.1)
    labels = CalibrationLabels(p, np.arange(30) % 10, "training")
    model = attrs.evolve(load(run, settings=SETTINGS), labelled=labels)
    with pytest.warns(UserWarning, match="W433: calibrated by the labels that trained"):
        assert model.calibration.as_json()["source"] == "training"
    assert "does not hold" in calibration_lines(model.calibration.as_json())[1]
    assert not trained.calibration.fitted


def test_metrics_of_sets() -> None:
    sets = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 1, 0]], bool)
    values = set_metrics(sets, np.array([0, 1, 2, 3]))
    assert values == {"coverage": 0.5, "lowest_class_coverage": 0.0, "mean_set_size": 1.0, "empty_sets": 0.25}


def test_a_class_that_the_model_does_not_know_is_in_no_set() -> None:
    fitted = FittedCalibrator(lambda logs: CalibratedPrediction(np.exp(logs), logs > -1), "a fit", 0.9)
    calibration = Calibration({"both": (None, fitted)}, {"other": "no labels"}, "kept", 7)
    p = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]])
    made = {"both": fitted.apply(log_probabilities(p[:, :2]))}
    entry = calibration_metrics(calibration, p, made, np.array([0, 2]))
    assert entry["calibrators"]["both"]["coverage"] == 0.5
    assert entry["calibrators"]["both"]["before"] == entry["calibrators"]["both"]["after"]
    assert calibration_lines(entry)[-1] == "other: not applicable: no labels"
    assert calibration_metrics(Calibration(), p, {}, np.array([0, 2])) == {}


def test_the_columns_of_a_table(trained, digits) -> None:
    predictions = trained.predict(digits[:2])
    sets = np.zeros((2, 10), bool)
    sets[0, [1, 7]] = True
    both = {"own": CalibratedPrediction(predictions.probabilities, sets)}
    batch = PredictionBatch(np.arange(2), ["a", "b"], None, predictions._replace(calibrated=both))
    columns, arrays = as_columns(batch), as_arrays(batch)
    assert columns["own_set"] == ["1|7", ""]
    assert columns["own_size"].tolist() == [2, 0]
    np.testing.assert_array_equal(columns["own_p_3"], predictions.probabilities[:, 3])
    np.testing.assert_array_equal(arrays["own_sets"], sets)
    np.testing.assert_array_equal(arrays["own_probabilities"], predictions.probabilities)


def test_a_run_with_calibrators_is_reported_again(calibrated, tmp_path, capfd) -> None:
    """The summary of such a run has an entry that readers must know, whatever is missing in it."""
    folder = tmp_path / "run"
    shutil.copytree(calibrated, folder)
    entry = {"calibrators": {"temperature": {"after": {}}, "conformal": {"coverage": 0.8125}}}
    path = folder / "summary.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"calibration": entry}))
    assert main(["show", str(folder)]) == 0
    assert main(["report", str(folder)]) == 0
    assert "Coverage by conformal" in (folder / "report.html").read_text()
    path.write_text(json.dumps(json.loads(path.read_text()) | {"calibration": {"source": 3}}))
    assert main(["report", str(folder)]) == 2
    assert "error[E440]" in capfd.readouterr().err
