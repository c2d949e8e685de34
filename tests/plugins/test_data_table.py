"""Data `table`: CSV files, and the errors of lines that cannot be used."""

from __future__ import annotations

import csv
import gzip
import importlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rcmvae_plugins.data.params import TableParams
from rcmvae_plugins.data.table import table

from rcmvae_core.data.cells import as_numbers
from rcmvae_core.data.fit_columns import fit_columns
from rcmvae_core.data.row_ids import RowIds
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


def test_columns_are_handed_on_by_name_with_their_lines(sheet):
    rows = [(i, 10 * i - 50, "", "cat" if i % 2 else "ant") for i in range(20)]
    data = table(TableParams(sheet([("a", "b", "gap", "kind"), *rows]), label="kind", ignore=("gap",)))
    assert list(data.inputs.columns) == ["a", "b"]
    assert data.inputs.columns["b"].tolist() == [str(10 * i - 50) for i in range(20)]
    assert data.inputs.line(0) == "line 2"
    assert (data.class_names, data.labels.tolist()) == (("ant", "cat"), [i % 2 for i in range(20)])


def test_rows_of_a_test_file_come_last_whatever_the_order_of_its_columns(sheet):
    path = sheet([("a", "b", "y"), (0, 5, "p"), (10, 6, "q")])
    tests = sheet([("y", "b", "a"), ("r", 5.5, -3), ("", 6, 5), ("p", 99, 11)], "tests.csv")
    data = table(TableParams(path, label="y", test_path=tests))
    assert data.inputs.columns["a"].tolist() == ["0", "10", "-3", "5", "11"]
    assert data.labels.tolist() == [0, 1, 2, -1, 0]
    assert (data.train.tolist(), data.test.tolist()) == ([0, 1], [2, 3, 4])


@pytest.mark.parametrize("unknown", ["-1", "", " ", "NA", "N/A", "nan", "NaN", "None", "null", "?"])
def test_what_means_no_label_is_no_class(sheet, unknown):
    data = table(TableParams(sheet([("a", "y"), (1, "0"), (2, unknown), (3, "1")]), label="y"))
    assert (data.class_names, data.labels.tolist()) == (("0", "1"), [0, -1, 1])


def test_other_values_can_mean_no_label(sheet):
    path = sheet([("a", "y"), (1, "-1"), (2, "skip"), (3, "1")])
    data = table(TableParams(path, label="y", unlabelled=("skip",)))
    assert (data.class_names, data.labels.tolist()) == (("-1", "1"), [0, -1, 1])


TEXT = "a;b;y\n1,5;x;p\n-2,25;y;q\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", TEXT.encode()),
        ("t.tsv", TEXT.replace(";", "\t").encode()),
        ("t.txt", TEXT.replace(";", "|").replace(",", ".").encode()),
        ("t.csv.gz", gzip.compress(TEXT.encode(), mtime=0)),
    ],
)
def test_any_usual_separator_decimal_comma_and_gzip(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    columns = table(TableParams(str(tmp_path / name), label="y")).inputs.columns
    assert as_numbers(columns["a"]).tolist() == [1.5, -2.25]
    assert columns["b"].tolist() == ["x", "y"]


def test_parquet_is_the_same_table(tmp_path):
    pyarrow, parquet = pytest.importorskip("pyarrow"), importlib.import_module("pyarrow.parquet")
    columns = {"a": [1.5, None, 3.0], "b": ["x", None, "y"], "c": [True, False, True], "y": [0, 1, None]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "t.parquet")
    (tmp_path / "t.csv").write_text("y,c,b,a\n0,True,x,1.5\n1,False,,\n,true,y,3\n", encoding="utf-8")
    (binary, text) = (table(TableParams(str(tmp_path / name), label="y")) for name in ("t.parquet", "t.csv"))
    assert binary.labels.tolist() == text.labels.tolist() == [0, 1, -1]
    ids = [list(RowIds(data.inputs, data.inputs.columns)) for data in (binary, text)]
    assert ids[0] == ids[1]
    encoded = [fit_columns(data.inputs, np.arange(3)).encode(data.inputs) for data in (binary, text)]
    assert sorted(map(tuple, encoded[0].T)) == sorted(map(tuple, encoded[1].T))


def test_a_first_row_of_numbers_is_no_header(sheet):
    path = sheet([(1.5, 2), (3, 4), (5, 6)])
    assert "`header = false`" in refused(table, TableParams(path))
    assert list(table(TableParams(path, header=False)).inputs.columns) == ["column 1", "column 2"]


def test_a_file_of_windows_is_read(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes("\ufeffa , y\r\n1,x\r\n\r\n2,\r\n3,x\r\n".encode())
    data = table(TableParams(str(path), label="y"))
    assert data.class_names == ("x",)
    assert data.labels.tolist() == [0, -1, 0]


@pytest.mark.parametrize(
    ("rows", "params", "messages"),
    [
        ([("a", "b"), (1, 2), (1,), (2,)], {}, ["line 3 has 1 cells, expected 2, and so 1 more lines"]),
        ([("a", "a"), (1, 2)], {}, ["has column `a` twice"]),
        ([("a", "b"), (1, 2)], {"label": "y", "ignore": ("z",)}, ["no column `y`", "no column `z`", "`a`, `b`"]),
        ([("y",), (1,)], {"label": "y"}, ["has no features"]),
        ([("a",)], {}, ["has no rows"]),
        ([], {}, ["has no rows"]),
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
        ({"numbers": ("a",), "dates": ("a",)}, "column `a` is in two"),
    ],
)
def test_parameters_that_exclude_each_other(arguments, message):
    with pytest.raises(ValueError, match=message):
        TableParams("a", **arguments)
