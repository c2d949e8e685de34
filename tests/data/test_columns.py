"""Columns of tables: their types, what is fitted on training rows, and cells that cannot be read."""

from __future__ import annotations

import numpy as np
import pytest

from rcmvae_core.data.cells import as_numbers
from rcmvae_core.data.fit_columns import MAX_CATEGORIES, fit_columns
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.plugin.protocols import Table


def cells(*values) -> np.ndarray:
    column = np.empty(len(values), object)
    column[:] = values
    return column


def fit(**columns):
    sheet = Table(columns)
    return fit_columns(sheet, np.arange(sheet.shape[0])), sheet


def test_every_type_has_its_features_and_can_be_decoded():
    columns, sheet = fit(
        age=cells("31", "", "45.5", "7"),
        color=cells("red", "blue", "?", "green"),
        member=cells("True", "false", "TRUE", "False"),
        since=cells("2020-01-01", "2020-01-03 12:00", "", "1969-12-31"),
    )
    assert columns.features == (
        "age", "age is missing", "color=missing", "color=blue", "color=green", "color=red", "member=true",
        "since", "since is missing",
    )  # fmt: skip
    assert columns.encode(sheet).tolist() == [
        [31, 0, 0, 0, 0, 1, 1, 18262, 0],
        [31, 1, 0, 1, 0, 0, 0, 18264.5, 0],
        [45.5, 0, 1, 0, 0, 0, 1, 18262, 1],
        [7, 0, 0, 0, 1, 0, 0, -1, 0],
    ]
    assert columns.decode(columns.encode(sheet)) == {
        "age": ["31", "", "45.5", "7"],
        "color": ["red", "blue", "", "green"],
        "member": ["true", "false", "true", "false"],
        "since": ["2020-01-01", "2020-01-03 12:00:00", "", "1969-12-31"],
    }


def test_columns_that_say_nothing_are_left_out_with_the_reason():
    texts = cells(*(f"text {number}" for number in range(60)))
    columns, _ = fit(
        value=np.sin(np.arange(60.0)), same=np.ones(60), row=np.arange(60.0) + 1000, name=texts,
        empty=cells(*[""] * 60), zip=cells(*(str(number % 55) + "x" for number in range(60))),
    )  # fmt: skip
    assert [column.name for column in columns.columns] == ["value"]
    assert columns.ignored == {
        "same": "has the same value in every training row, `1`",
        "row": "counts the rows",
        "name": "has an identifier",
        "empty": "has no value in the training rows",
        "zip": "has 55 different texts",
    }
    assert MAX_CATEGORIES == 50


def test_a_stated_type_counts():
    sheet = Table(
        {"row": np.arange(60.0), "code": np.arange(60.0) % 3}, {"row": "number", "code": "category"}
    )
    columns = fit_columns(sheet, np.arange(60))
    assert columns.features == ("row", "code=0", "code=1", "code=2")


def test_only_training_rows_are_fitted():
    sheet = Table({"a": np.array([1.0, 2, 3, 999]), "b": cells("x", "y", "x", "new")})
    columns = fit_columns(sheet, np.arange(3))
    assert columns.columns[0].fill == 2
    assert columns.columns[1].values == ("x", "y")
    assert columns.encode(sheet)[3].tolist() == [999, 0]


def test_wrong_cells_are_one_message_with_a_count_and_a_place():
    columns, _ = fit(a=np.arange(9.0) ** 2, b=np.cos(np.arange(9.0)))
    wrong = Table({"b": cells(*["x"] * 500), "a": cells(*["1", "inf", "1e999"] + ["2"] * 497)}, origin="new.csv", lines=range(2, 502))  # fmt: skip
    with pytest.raises(RcmvaeError) as caught:
        columns.encode(wrong)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "E306"
    assert "column `a` has 2 cells that are not a number: `inf` in line 3 and others" in diagnostic.message
    assert "column `b` has 500 cells that are not a number: `x` in line 2 and others" in diagnostic.message


@pytest.mark.parametrize(
    ("names", "help_"),
    [
        (("b", "c"), "columns that it does not know: `c`"),
        (("1.5", "2"), "add a row of column names"),
    ],
)
def test_other_columns_are_named(names, help_):
    columns, _ = fit(a=np.arange(9.0) ** 2, b=np.cos(np.arange(9.0)))
    with pytest.raises(RcmvaeError) as caught:
        columns.encode(Table(dict.fromkeys(names, np.zeros(2)), origin="new.csv"))
    (diagnostic,) = caught.value.diagnostics
    assert "`a`" in diagnostic.message
    assert any(help_ in line for line in diagnostic.help), diagnostic.help


def test_a_table_without_features_is_refused():
    with pytest.raises(RcmvaeError, match="has no features: `a` has the same value"):
        fit(a=np.ones(5))


def test_a_cell_is_read_alike_whatever_the_other_cells_are():
    for cell in ("inf", "-Infinity", "1e999", "1_0", " 7 ", "x", ""):
        alone = as_numbers(cells(cell))[0]
        for other in ("1", "x", "1_0", ""):
            np.testing.assert_equal(as_numbers(cells(cell, other))[0], alone)
