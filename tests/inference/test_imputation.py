"""A table with gaps from `rcmvae run` to imputed cells, which must be better than the means of the columns."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from rcmvae_core.cli.main import main
from rcmvae_core.data.columns import Column, Columns
from rcmvae_core.inference.imputation import Imputed
from rcmvae_core.inference.imputed_table import table_cells
from rcmvae_core.inference.load import load

ROWS = 400
SPEC = """
name = "gaps"
[data]
scale = "standard"
missing = "mask"
[data.table]
path = "data.csv"
label = "kind"
[latent]
channels = 2
dim = 1
[encoder.dense]
hidden = [32]
input_gain = 8.0
[prior.mixture]
[routing.soft]
[conditioner.film]
[backbone.dense]
hidden = [32]
[head.table]
[loss.reconstruction.reconstruction]
[loss.kl_z.kl_latent]
reduce = "expected"
[loss.kl_c.kl_channel]
[loss.labels.supervised]
[classifier.tau]
[train]
epochs = 60
batch_size = 64
evaluate_every = 20
[train.optimizer.adam]
learning_rate = 0.02
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with a run on a correlated table, a fifth of whose cells are empty, and the whole table."""
    folder = tmp_path_factory.mktemp("gaps")
    rng = np.random.default_rng(0)
    side = rng.integers(0, 2, ROWS)
    z = rng.normal(size=ROWS)
    numbers = np.stack([3 * side + z, 10 - 5 * z, z + 4 * side], axis=1) + 0.2 * rng.normal(size=(ROWS, 3))
    colors = np.where(side, "red", "blue")
    gaps = rng.random((ROWS, 4)) < 0.2
    gaps[~(~gaps).any(axis=1)] = False
    with (folder / "data.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "c", "color", "kind"])
        for row in range(ROWS):
            cells = [*(f"{value:.5f}" for value in numbers[row]), colors[row]]
            writer.writerow(
                [*("" if gap else cell for cell, gap in zip(cells, gaps[row], strict=True)), "lr"[side[row]]]
            )
    np.savez(folder / "truth.npz", numbers=numbers, colors=colors, gaps=gaps)
    (folder / "spec.toml").write_text(SPEC)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["run", "spec.toml", "--out", "run"]) == 0
        words = ["predict", "run", "data.csv", "-o", "predictions.csv", "--impute", "whole.csv"]
        assert main(words) == 0
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_imputed_cells_are_better_than_means_and_know_how_uncertain_they_are(folder):
    truth = np.load(folder / "truth.npz")
    table, gaps = rows(folder / "whole.csv"), truth["gaps"]
    assert len(table) == ROWS
    assert list(table[0]) == [
        "index", "item", "a", "a sd", "b", "b sd", "c", "c sd", "color", "color probability"
    ]  # fmt: skip
    for number, name in enumerate("abc"):
        is_gap = gaps[:, number]
        values = np.array([float(row[name]) for row in table])
        exact = truth["numbers"][:, number]
        np.testing.assert_allclose(values[~is_gap], exact[~is_gap], rtol=1e-4, atol=1e-4)
        assert all((row[f"{name} sd"] != "") == gap for row, gap in zip(table, is_gap, strict=True))
        error = np.sqrt(np.mean((values - exact)[is_gap] ** 2))
        by_mean = np.sqrt(np.mean((exact[~is_gap].mean() - exact[is_gap]) ** 2))
        assert error < 0.7 * by_mean
        sd = np.array([float(row[f"{name} sd"]) for row, gap in zip(table, is_gap, strict=True) if gap])
        assert 0.4 < np.sqrt(np.mean(((values - exact)[is_gap] / sd) ** 2)) < 2
    is_gap = gaps[:, 3]
    colors = np.array([row["color"] for row in table])
    assert (colors[~is_gap] == truth["colors"][~is_gap]).all()
    assert (colors[is_gap] == truth["colors"][is_gap]).mean() > 0.8
    assert all(
        0.5 <= float(row["color probability"]) <= 1 for row, gap in zip(table, is_gap, strict=True) if gap
    )


def test_predictions_of_rows_with_gaps_have_no_nan(folder):
    for row in rows(folder / "predictions.csv"):
        assert all(row[name] for name in row if name != "sigma"), row
    assert np.mean([row["label"] == row["truth"] for row in rows(folder / "predictions.csv")]) > 0.9


def test_imputation_from_python_is_that_of_the_command(folder):
    trained = load(folder / "run")
    table = {
        "a": np.array([np.nan, 1.0]), "b": np.array([10.0, np.nan]), "c": np.array([0.0, np.nan]),
        "color": np.array(["red", ""], object),
    }  # fmt: skip
    imputed = trained.impute(table, samples=256)
    assert imputed.missing.tolist() == [[True, False, False, False], [False, True, True, True]]
    assert np.isfinite(imputed.values).all()
    assert (imputed.sd[imputed.missing] > 0).all()
    assert (imputed.effective > 1).all()
    again = trained.impute(table, samples=256)
    np.testing.assert_array_equal(again.values, imputed.values)


def test_a_category_of_many_values_has_the_probability_of_the_most_probable():
    columns = Columns((Column("color", "category", values=("blue", "green", "red")),), {}, masked=True)
    values, gaps = np.array([[0.2, 0.7, 0.1], [0.0, 0.0, 1.0]]), np.array([[True] * 3, [False] * 3])
    cells = table_cells(columns, Imputed(values, np.zeros((2, 3)), gaps, np.ones(2)))
    assert cells == {"color": ["green", "red"], "color probability": ["0.7", ""]}


def test_a_model_that_fills_gaps_cannot_compute_them(folder, capfd, monkeypatch):
    monkeypatch.chdir(folder)
    assert (
        main(
            ["run", "spec.toml", "--out", "filled", "--set", 'data.missing="fill"', "--set", "train.epochs=1"]
        )
        == 0
    )
    capfd.readouterr()
    assert main(["predict", "filled", "data.csv", "-o", "p.csv", "--impute", "w.csv"]) == 2
    assert "error[E471]: the model was not trained with missing values" in capfd.readouterr().err
    assert not Path("w.csv").exists()
