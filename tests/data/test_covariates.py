"""Columns that condition the decoder: they come last, are measured in the training rows, and must be known."""

from __future__ import annotations

import numpy as np
import pytest

from rcmvae_core.data.covariates import choose_covariates, fit_moments, require_same, require_table
from rcmvae_core.data.fit_columns import fit_columns
from rcmvae_core.data.scaling import fit_values
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.plugin.core_tables import DataTable
from rcmvae_core.plugin.declaration import Distribution, Plugin, Registered
from rcmvae_core.plugin.protocols import Dataset, Table
from rcmvae_core.plugin.resolved import ResolvedPart

RNG = np.random.default_rng(0)
ROWS = {
    "batch": np.array(["A", "B", "C"] * 20, object),
    "height": RNG.normal(170, 10, 60),
    "age": RNG.normal(40, 5, 60),
    "same": np.array(["x"] * 60, object),
}
TRAIN = np.arange(60)


def part(*names):
    plugin = Plugin("data", "table", summary="Rows.", impl="nowhere:table")
    registered = Registered(plugin, Distribution("rcmvae", "0.1.0"))
    return ResolvedPart(registered, None, keys=DataTable(covariates=names))


def chosen(*names, rows=ROWS):
    return choose_covariates(part(*names), fit_columns(Table(rows), TRAIN))


def dataset(inputs):
    return Dataset(inputs, np.zeros(60, int), TRAIN, TRAIN[:0], ("a",), 1.0)


def test_covariates_come_last_in_the_order_of_the_spec() -> None:
    columns = chosen("batch")
    assert columns.features == ("height", "age", "batch=A", "batch=B", "batch=C")
    assert [column.name for column in columns.covariate_columns] == ["batch"]
    assert len(columns.blocks) == 2
    assert chosen("age", "batch").features == ("height", "age", "batch=A", "batch=B", "batch=C")
    assert chosen("batch", "age").features == ("height", "batch=A", "batch=B", "batch=C", "age")
    assert chosen() == fit_columns(Table(ROWS), TRAIN)


def test_their_moments_are_those_of_scaled_training_rows() -> None:
    columns = chosen("batch", "age")
    rows = columns.encode(Table(ROWS))
    data, train = dataset(rows), TRAIN[:40]
    scaling = fit_values(rows[train], "standard")
    moments = fit_moments(data, train, scaling, columns)
    x = np.asarray(scaling(rows[train]), np.float64)[:, 1:]
    np.testing.assert_allclose(moments.means, x.mean(axis=0))
    np.testing.assert_allclose(moments.spreads, x.std(axis=0))
    assert fit_moments(data, train, scaling, chosen()) == ((), ())


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("same",), "a covariate says nothing: `same` has the same value in every training row, `x`"),
        (("batch", "height", "age"), "all columns are covariates"),
    ],
)
def test_what_cannot_be_a_covariate(names, message) -> None:
    with pytest.raises(RcmvaeError, match=f"E480: {message}"):
        chosen(*names)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (Table(ROWS), "`covariates` names `donor`, and the table has no such column"),
        (np.zeros((60, 2)), "has inputs without columns"),
    ],
)
def test_what_has_no_such_column(inputs, message) -> None:
    with pytest.raises(RcmvaeError, match=f"E480: .*{message}"):
        require_table(part("donor"), dataset(inputs))
    require_table(part(), dataset(inputs))


def test_a_model_that_is_trained_further_keeps_its_covariates() -> None:
    require_same(part("age", "batch"), chosen("batch", "age"))
    with pytest.raises(RcmvaeError, match="E480: `covariates` is empty, and `batch` in the model"):
        require_same(part(), chosen("batch"))


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["A", "D", "E"], "covariate `batch` has the value `D` in row 1, and so 1 more: training rows have"),
        (["A", "B", ""], "covariate `batch` has no value in row 2: training rows have `A`, `B`, `C`"),
    ],
)
def test_a_category_without_training_rows_is_refused(cells, message) -> None:
    rows = {"height": np.ones(3), "age": np.ones(3), "batch": np.array(cells, object)}
    with pytest.raises(RcmvaeError, match=f"E306: .*{message}"):
        chosen("batch").encode(Table(rows))
    assert chosen().encode(Table(rows)).shape == (3, 5)  # of another column it has no feature
    del rows["batch"]
    with pytest.raises(RcmvaeError, match="E306: the table has no column `batch`"):
        chosen("batch").encode(Table(rows))


def test_a_decoded_mean_is_no_category() -> None:
    columns = chosen("batch", "age")
    rows = columns.encode(Table(ROWS))
    rows[1, 1:4] = 0.4, 0.3, 0.3
    cells = columns.decode(rows[:3])
    assert cells["batch"] == ["A", "", "C"]
    assert cells["age"] == [f"{value:.6g}" for value in rows[:3, 4]]
    pair = chosen("batch", rows=ROWS | {"batch": np.array(["A", "B"] * 30, object)})
    assert pair.decode(np.array([[1.0, 2.0, 1.0], [1.0, 2.0, 0.5], [1.0, 2.0, 0.0]]))["batch"] == [
        "B",
        "",
        "A",
    ]
