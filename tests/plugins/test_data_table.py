"""Data `table`: CSV files, and the errors of lines that cannot be used."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rcmvae_plugins.data.params import TableParams
from rcmvae_plugins.data.table import table

from rcmvae_core.errors import RcmvaeError

from .refusals import refused

SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def sheet(tmp_path):
    def write(rows, name="rows.csv"):
        with (tmp_path / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
        return str(tmp_path / name)

    return write


def test_features_are_scaled_by_the_rows_that_are_not_for_the_test(sheet):
    rows = [(i, 10 * i - 50, 3, f"id{i}", "cat" if i % 2 else "ant") for i in range(20)]
    path = sheet([("a", "b", "same", "name", "kind"), *rows])
    data = table(TableParams(path, label="kind", ignore=("name",), test_fraction=0.5))
    assert data.inputs.shape == (20, 3)
    assert data.inputs.dtype == np.float32
    assert data.class_names == ("ant", "cat")
    assert data.labels.tolist() == [i % 2 for i in range(20)]
    train, plain = data.train, np.arange(20.0)
    expected = np.clip((plain - train.min()) / (train.max() - train.min()), 0, 1)
    assert np.allclose(data.inputs[:, 0], expected)
    assert np.allclose(data.inputs[:, 1], expected)
    assert (data.inputs[:, 2] == 0).all()


def test_a_test_file_is_scaled_alike_and_clipped(sheet):
    path = sheet([("a", "b", "y"), (0, 5, "p"), (10, 6, "q")])
    tests = sheet([("y", "b", "a"), ("r", 5.5, -3), ("", 6, 5), ("p", 99, 11)], "tests.csv")
    data = table(TableParams(path, label="y", test_path=tests))
    assert data.inputs.tolist() == [[0, 0], [1, 1], [0, 0.5], [0.5, 1], [1, 1]]
    assert data.labels.tolist() == [0, 1, 2, -1, 0]
    assert (data.train.tolist(), data.test.tolist()) == ([0, 1], [2, 3, 4])


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@SHARED
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=3, max_size=12))
def test_whatever_the_numbers_features_lie_in_the_unit_interval(sheet, rows):
    data = table(TableParams(sheet([("a", "b"), *rows]), test_fraction=0.4))
    assert ((data.inputs >= 0) & (data.inputs <= 1)).all()


def test_a_file_of_windows_is_read(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes("\ufeffa , y\r\n1,x\r\n\r\n2,\r\n3,x\r\n".encode())
    data = table(TableParams(str(path), label="y"))
    assert data.class_names == ("x",)
    assert data.labels.tolist() == [0, -1, 0]


@pytest.mark.parametrize(
    ("rows", "params", "messages"),
    [
        ([("a", "b"), (1, 2), (1, ""), ("x", "nan"), (1,), ("inf", 2)], {},
         ["line 3, column `b`, has no value", "line 4, column `a`, is not a number: `x`", "line 4, column `b`, has no",
          "line 5 has 1 cells, expected 2", "line 6, column `a`, is not finite"]),
        ([("a", "a"), (1, 2)], {}, ["has column `a` twice"]),
        ([("a", "b"), (1, 2)], {"label": "y", "ignore": ("z",)}, ["no column `y`", "no column `z`", "`a`, `b`"]),
        ([("y",), (1,)], {"label": "y"}, ["has no features"]),
        ([("a",)], {}, ["has no rows"]),
        ([], {}, ["has no features"]),
    ],
)  # fmt: skip
def test_every_fault_of_a_table_is_told_with_its_line(sheet, rows, params, messages):
    text = refused(table, TableParams(sheet(rows), **params))
    assert all(message in text for message in messages), text


def test_a_test_file_needs_the_columns(sheet):
    path = sheet([("a", "b"), (1, 2), (2, 3)])
    tests = sheet([("a",), (1,)], "tests.csv")
    assert "tests.csv`: has no column `b`" in refused(table, TableParams(path, test_path=tests))


@pytest.mark.parametrize("content", [b"a,b\n1,\xff\n", b'a,b\n1,"2\n', b"\xff\xfea\x00"])
def test_what_is_no_csv_is_refused(tmp_path, content):
    (tmp_path / "rows.csv").write_bytes(content)
    assert "cannot be read" in refused(table, TableParams(str(tmp_path / "rows.csv")))


@SHARED
@given(st.binary(max_size=60))
def test_no_bytes_end_in_a_traceback(tmp_path, content):
    (tmp_path / "rows.csv").write_bytes(content)
    with pytest.raises(RcmvaeError):
        table(TableParams(str(tmp_path / "rows.csv"), label="y"))


def test_a_table_needs_the_file(tmp_path):
    assert "does not exist" in refused(table, TableParams(str(tmp_path / "none.csv")), code="E305")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"test_path": "b.csv", "test_fraction": 0.1}, "`test_path`"),
        ({"label": "y", "ignore": ("y",)}, "`ignore`"),
    ],
)
def test_parameters_that_exclude_each_other(arguments, message):
    with pytest.raises(ValueError, match=message):
        TableParams("a", **arguments)
