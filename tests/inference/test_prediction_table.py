"""Tables of predictions are CSV that neither programs nor spreadsheets misread."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from rcmvae_core.inference.prediction_table import PredictionBatch, write_table
from rcmvae_core.inference.predictions import Predictions
from rcmvae_core.runtime.csv_cells import guard, unguard


def batch() -> PredictionBatch:
    names = ["=1+1", "-1", "cat"]
    zeros = np.zeros(3)
    predictions = Predictions(
        np.arange(3), np.eye(3), np.zeros(3, int), np.ones((3, 1)), zeros, zeros, zeros, zeros, np.full((3, 1), -0.5), {},
        np.zeros(3, bool), tuple(names),
    )  # fmt: skip
    return PredictionBatch(np.arange(3), ["a", "b", "c"], names, predictions, ["@x.png", "y.png", "+z"])


@pytest.mark.parametrize("spreadsheet", [False, True])
def test_only_a_spreadsheet_gets_guarded_names(spreadsheet, tmp_path) -> None:
    path = tmp_path / "out.csv"
    write_table(path, "csv", [batch()], spreadsheet=spreadsheet)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    guarded = [("'@x.png", "'=1+1"), ("y.png", "-1"), ("'+z", "cat")]
    plain = [("@x.png", "=1+1"), ("y.png", "-1"), ("+z", "cat")]
    assert [(row["file"], row["truth"]) for row in rows] == (guarded if spreadsheet else plain)
    assert [row["label"] for row in rows] == [row["truth"] for row in rows]
    assert float(rows[0]["z_0"]) == -0.5


@pytest.mark.parametrize(
    "cell", ["=a", "'=a", "''=a", "\t", "\ra", "-", "-1", "-1e", "'", "'a", "", "a=", "１"]
)
def test_a_guarded_cell_is_read_again(cell) -> None:
    assert unguard(guard(cell)) == cell
    assert guard(cell)[:1] not in tuple("=+-@\t\r") or cell == "-1"


@pytest.mark.parametrize("cell", [-1.5, None, 3])
def test_numbers_are_no_formulas(cell) -> None:
    assert guard(cell) is cell
