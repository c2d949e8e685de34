"""Missing values that stay NaN: in the features of a table, in what is fitted on them, and in messages."""

from __future__ import annotations

import numpy as np
import pytest

from rcmvae_core.data.fit_columns import fit_columns
from rcmvae_core.data.scaling import fit_scaling, fit_values
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.plugin.protocols import Dataset, Table


def cells(*values) -> np.ndarray:
    column = np.empty(len(values), object)
    column[:] = values
    return column


def test_missing_cells_are_nan_in_every_feature_of_their_column_and_come_back_empty():
    table = Table({
        "age": cells("31", "", "45.5", "7"), "color": cells("red", "blue", "?", "green"),
        "member": cells("yes", "", "no", "no"), "since": cells("2020-01-01", "2020-01-03", "", "1969-12-31"),
        "same": cells("x", "", "x", "x"),
    })  # fmt: skip
    columns = fit_columns(table, np.arange(4), masked=True)
    assert columns.features == ("age", "color=blue", "color=green", "color=red", "member=yes", "since")
    assert columns.ignored == {"same": "has the same value in every training row, `x`"}
    features = columns.encode(table)
    np.testing.assert_array_equal(
        features,
        [
            [31, 0, 0, 1, 1, 18262],
            [np.nan, 1, 0, 0, np.nan, 18264],
            [45.5, np.nan, np.nan, np.nan, 0, np.nan],
            [7, 0, 1, 0, 0, -1],
        ],
    )
    assert columns.decode(features) == {
        "age": ["31", "", "45.5", "7"], "color": ["red", "blue", "", "green"], "member": ["yes", "", "no", "no"],
        "since": ["2020-01-01", "2020-01-03", "", "1969-12-31"],
    }  # fmt: skip
    assert [block.features for block in columns.blocks] == [1, 3, 1, 1]


@pytest.mark.parametrize("method", ["minmax", "log", "standard", "robust"])
def test_a_scaling_is_that_of_the_observed_values(method):
    rng = np.random.default_rng(0)
    values = rng.gamma(2.0, 3.0, (50, 3))
    values[rng.random(values.shape) < 0.3] = np.nan
    scaling = fit_values(values, method)
    for feature in range(3):
        own = values[:, feature]
        alone = fit_values(own[~np.isnan(own)][:, None], method)
        for name in ("center", "spread", "low", "high"):
            np.testing.assert_allclose(getattr(scaling, name)[feature], getattr(alone, name)[0], rtol=1e-12)
    x = scaling(values)
    np.testing.assert_array_equal(np.isnan(x), np.isnan(values))
    np.testing.assert_allclose(scaling.inverse(x), values, rtol=1e-4)
    outside, is_far = scaling.outside(values)
    assert not outside.any()
    assert not is_far.any()
    assert not scaling.is_narrow(values)


def test_a_feature_without_any_value_is_refused():
    values = np.array([[1.0, np.nan], [2.0, np.nan]])
    everything = np.arange(2)
    dataset = Dataset(
        values, everything, everything, everything[:0], ("a", "b"), 1.0, scaled=True, missing=True
    )
    with pytest.raises(RcmvaeError, match="feature 1 has no value in the training inputs") as caught:
        fit_scaling(dataset, everything, "minmax")
    assert caught.value.diagnostics[0].code == "E302"
