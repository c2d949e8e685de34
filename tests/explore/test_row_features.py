"""Cells of a table's row, in the units of the table, with how unusual each is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rcmvae_core.data.fit_columns import fit_columns
from rcmvae_core.explore.row_features import fit_moments, row_features
from rcmvae_core.plugin.protocols import Dataset, Table

HEIGHTS = np.array([1.0, 2.0, 3.0, 10.0])
TABLE = Table(
    {
        "height": HEIGHTS,
        "kind": np.array(["oak", "oak", "elm", "ash"], object),
        "wet": np.array(["yes", "no", "no", "no"], object),
        "age": np.array([4.0, np.nan, 6.0, 5.0]),
        "planted": np.array(["2001-02-03", "2001-02-05", "2001-02-07", "2001-02-09"], object),
    }
)
COLUMNS = fit_columns(TABLE, np.arange(4))
ROWS = COLUMNS.encode(TABLE)
DATASET = Dataset(ROWS, np.zeros(4, np.int32), np.arange(4), np.arange(0), ("a",), 1.0, scaled=True)
MOMENTS = fit_moments(DATASET, DATASET.train)


def cells(row):
    return {feature.name: feature for feature in row_features(ROWS[row], COLUMNS, MOMENTS)}


def test_cells_are_those_of_the_table():
    shown = {name: feature.value for name, feature in cells(0).items()}
    assert shown == {"height": "1", "kind": "oak", "wet": "yes", "age": "4", "planted": "2001-02-03"}
    assert cells(1)["age"].value == ""


def test_numbers_have_the_z_of_the_training_rows():
    assert cells(3)["height"].z == pytest.approx((10 - HEIGHTS.mean()) / HEIGHTS.std())
    assert cells(0)["planted"].z == pytest.approx(-3 / math.sqrt(5))


@pytest.mark.parametrize(
    ("row", "column", "share"),
    [(0, "kind", 1 / 2), (3, "kind", 1 / 4), (0, "wet", 1 / 4), (1, "wet", 3 / 4), (1, "age", 1 / 4)],
)
def test_categories_and_missing_values_are_as_unusual_as_they_are_rare(row, column, share):
    assert cells(row)[column].z == pytest.approx(math.sqrt((1 - share) / share))


def test_the_most_unusual_comes_first():
    for row in ROWS:
        sizes = [abs(feature.z) for feature in row_features(row, COLUMNS, MOMENTS)]
        assert sizes == sorted(sizes, reverse=True)
        assert np.isfinite(sizes).all()
