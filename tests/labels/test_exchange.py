"""Ids of items, and files of labels."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import time
from pathlib import Path

import numpy as np
import pytest

from rcmvae_core.data.fingerprint import fingerprint_inputs, item_ids
from rcmvae_core.data.label_overlay import identity
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.labels import csv_exchange, jsonl
from rcmvae_core.labels.items import Items
from rcmvae_core.labels.records import Receipt
from rcmvae_core.labels.store import LabelStore
from rcmvae_core.plugin.protocols import Dataset

from .conftest import ANN, DATA

QUICKSTART = Path(__file__).parents[1] / "support" / "quickstart.toml"


def dataset(inputs, names=("cat", "dog")) -> Dataset:
    some = np.arange(inputs.shape[0])
    return Dataset(inputs, np.full(some.size, -1), some[1:], some[:1], names, 255.0)


def images(count=7, shape=(2, 3, 1), dtype=np.uint8):
    return np.arange(count * int(np.prod(shape))).reshape(count, *shape).astype(dtype)


class OnDisk:
    def __init__(self, inputs) -> None:
        self.inputs, self.shape, self.dtype = inputs, inputs.shape, inputs.dtype

    def __getitem__(self, indices):
        return self.inputs[indices]


def test_an_id_is_a_hash_of_type_shape_and_values():
    inputs = images()
    expected = hashlib.sha256(b"('|u1', (2, 3, 1))" + inputs[3].tobytes()).hexdigest()[:16]
    assert item_ids(dataset(inputs))[3] == expected
    assert item_ids(dataset(images(dtype=np.float32)))[3] != expected
    assert item_ids(dataset(images(shape=(3, 2, 1))))[3] != expected


def test_ids_do_not_depend_on_where_the_inputs_are(monkeypatch):
    inputs = images(dtype=np.float32)
    ids = item_ids(dataset(inputs))
    assert len(set(ids)) == 7
    assert item_ids(dataset(inputs[::-1])) == ids[::-1]
    assert item_ids(dataset(inputs.astype(">f4"))) == ids
    monkeypatch.setattr("rcmvae_core.data.fingerprint._CHUNK", 50)
    assert item_ids(dataset(OnDisk(inputs))) == ids


def test_equal_inputs_are_one_item():
    inputs = images()
    inputs[5] = inputs[2]
    items = Items(item_ids(dataset(inputs)))
    assert items.at(5) == items.at(2)
    assert items.first_index[items.at(5)] == 2


def test_a_store_is_bound_to_inputs_and_classes_alone():
    one = dataset(images())
    labelled = one._replace(labels=np.zeros(7, np.int64), train=one.test, test=one.train, maximum=300.0)
    assert identity(labelled) == identity(one) == (fingerprint_inputs(one), ("cat", "dog"))
    assert identity(dataset(images()[::-1])).fingerprint != fingerprint_inputs(one)
    assert identity(dataset(OnDisk(images()))) == identity(one)


@pytest.mark.data
def test_ids_of_mnist_take_two_seconds_at_most():
    from rcmvae_core.cli.arguments import read
    from rcmvae_core.data.dataset import load_dataset

    mnist = load_dataset(read(QUICKSTART, ("data=mnist",))[0].one("data"))
    start = time.process_time()
    ids = item_ids(mnist)
    assert time.process_time() - start < 2
    assert len(ids) == len(set(ids)) == 70_000


@pytest.fixture(scope="module")
def items():
    inputs = images()
    inputs[5] = inputs[2]
    return Items(item_ids(dataset(inputs)))


def errors_of(call) -> list[tuple[str, int, str]]:
    with pytest.raises(RcmvaeError) as error:
        call()
    return [(d.code, d.place.span.line if d.place else 0, d.message) for d in error.value.diagnostics]


FORMULAS = [
    "=1+1",
    "+x",
    "-y",
    "@z",
    "'=quoted",
    "''=twice",
    "-1",
    "+2.5e3",
    "plain",
    "'plain'",
    "＝wide",
    "=",
]


def test_a_spreadsheet_runs_no_name_and_import_reads_it(store, items, tmp_path):
    path = tmp_path / "labels.csv"
    for name in FORMULAS:
        store.add_class(name, ANN)
    classes = {one.name: one.id for one in store.classes()}
    item = items.at(1)
    for name in FORMULAS:
        store.assign([item], classes[name], ANN)
        csv_exchange.export(path, store.snapshot(), items, spreadsheet=True)
        with path.open(newline="") as file:
            _, row = csv.reader(file)
        assert row[-1] == name or row[-1] == f"'{name}"
        assert row[-1][0] not in "=+-@\t＝" or re.fullmatch(r"[+-][\d.e]+", row[-1])
        assert csv_exchange.parse(path, items, store.classes(), spreadsheet=True) == {item: classes[name]}
        csv_exchange.export(path, store.snapshot(), items)
        assert csv_exchange.parse(path, items, store.classes()) == {item: classes[name]}


def test_csv_there_and_back(store, items, tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text('note,index,label\n"a, b",5,dog\n,1,cat\n\n,2,dog\n')
    labels = csv_exchange.parse(path, items, store.classes())
    assert labels == {items.at(2): 1, items.at(1): 0}
    store.assign_each(labels | {"elsewhere": 0}, ANN)
    store.rename_class(1, 'hot "dog", big', ANN)
    assert csv_exchange.export(path, store.snapshot(), items) == 3
    assert path.read_text().splitlines() == [
        "item,index,label",
        f"{items.at(1)},1,cat",
        f'{items.at(2)},2,"hot ""dog"", big"',
        "elsewhere,,cat",
    ]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(path.read_text().splitlines()[:3]).encode())
    assert csv_exchange.parse(path, items, store.classes()) == labels


def test_every_error_of_a_csv_has_its_line(store, items, tmp_path):
    store.merge_classes(0, 1, ANN)
    path = tmp_path / "labels.csv"
    path.write_text("index,label\n1,dgo\n2,dog\n5,dog\nx,dog\n9,dog\n3,cat\n3\n")
    assert errors_of(lambda: csv_exchange.parse(path, items, store.classes())) == [
        ("E608", 2, "unknown class `dgo`"),
        ("E608", 5, "`x` is not an index"),
        ("E608", 6, "index 9 is out of range: the data set has 7 inputs, from 0"),
        ("E608", 7, "class `cat` was merged into `dog`"),
        ("E608", 8, "it has 1 columns, the first line has 2"),
    ]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", (1, "the first line names no column `label`")),
        (b"item,class\n", (1, "the first line names no column `label`")),
        (b"index,label\n", (1, "it contains no label")),
        (b'index,label\n1,"dog\n', (2, "it is not CSV")),
        (b"index,label\n1,d\xff\n", (0, "byte 15 is not UTF-8")),
        (b"item,label\n0000,dog\n", (2, "the data set has no item `0000`")),
        (b"index,label\n2,dog\n5,cat\n", (3, "is labelled `dog` above")),
    ],
)
def test_a_broken_csv(store, items, tmp_path, content, error):
    path = tmp_path / "labels.csv"
    path.write_bytes(content)
    ((code, where, message),) = errors_of(lambda: csv_exchange.parse(path, items, store.classes()))
    assert (code, where) == ("E608", error[0])
    assert error[1] in message
    assert errors_of(lambda: csv_exchange.parse(tmp_path / "none.csv", items, ()))[0][0] == "E608"


@pytest.fixture
def history(store, tmp_path):
    """Four events as a file: a line about the data, then the events."""
    store.assign(["a", "b"], 0, ANN, request_id="one")
    store.merge_classes(0, 1, ANN)
    store.undo(ANN)
    store.clear(["a"], ANN)
    path = tmp_path / "history.jsonl"
    assert store.export_events(path) == 4
    return path


def copy(tmp_path) -> LabelStore:
    return LabelStore(tmp_path / "copy.sqlite", DATA)


def test_a_history_keeps_everything(store, history, tmp_path):
    with copy(tmp_path) as other:
        assert other.import_events(history) == Receipt(4, 3)
        assert other.log() == store.log()
        assert other.snapshot() == store.snapshot()
        assert other.assign(["a", "b"], 0, ANN, request_id="one").repeated, "its request ids are kept"
        other.undo(ANN)
        assert other.labels() == {"a": 0, "b": 0}


def changed(path, number: int, **values) -> None:
    """Change an event of a file; a value of `...` removes its key."""
    lines = path.read_text().splitlines()
    event = json.loads(lines[number - 1]) | values
    lines[number - 1] = json.dumps({name: value for name, value in event.items() if value is not ...})
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("number", "values", "error"),
    [
        (1, {"rcmvae": "spec"}, ("E608", "the first line")),
        (1, {"format": 2}, ("E602", "format 2")),
        (1, {"data": "f"}, ("E603", "another data set")),
        (1, {"classes": ["cat"]}, ("E603", "other classes")),
        (2, {"kind": "paint"}, ("E608", "unknown kind `paint`")),
        (2, {"who": ...}, ("E608", "`who` is missing")),
        (2, {"kind": ...}, ("E608", "`kind` is missing")),
        (2, {"how": "guess"}, ("E608", "how")),
        (2, {"name": "x"}, ("E608", "unexpected `name`")),
        (2, {"labels": {"a": "cat"}}, ("E608", "must give every item a class")),
        (2, {"labels": {"a": 5}, "class": 5}, ("E608", "unknown class number 5")),
        (2, {"labels": {}}, ("E608", "not an object with items")),
        (2, {"class": 1}, ("E608", "does not follow")),
        (2, {"revision": 2}, ("E608", "does not follow")),
        (2, {"revision": "2"}, ("E608", "is not an integer")),
        (3, {"batch": "one"}, ("E608", "its request id was used before")),
        (3, {"into": 0}, ("E608", "into itself")),
        (4, {"target": 1}, ("E608", "does not follow")),
        (4, {"kind": "redo"}, ("E608", "nothing to redo")),
        (5, {"who": "\ud800"}, ("E606", "not Unicode")),
    ],
)
def test_a_broken_history_is_refused_whole(history, tmp_path, number, values, error):
    changed(history, number, **values)
    with copy(tmp_path) as other:
        ((code, line, message),) = errors_of(lambda: other.import_events(history))
        assert (code, error[1] in message) == (error[0], True), message
        assert line in (0, number)
        assert other.revision == 0


def test_every_broken_line_is_reported(history, tmp_path):
    lines = history.read_text().splitlines()
    history.write_text("\n".join([*lines[:2], "{", lines[3], "[]"]))
    with copy(tmp_path) as other:
        assert [error[:2] for error in errors_of(lambda: other.import_events(history))] == [
            ("E608", 3),
            ("E608", 5),
        ]


def test_a_history_that_went_another_way_is_refused(history, tmp_path):
    with copy(tmp_path) as other:
        other.assign(["a"], 1, ANN)
        ((code, _, message),) = errors_of(lambda: other.import_events(history))
        assert (code, "line 2" in message) == ("E612", True)
        assert other.labels() == {"a": 1}


def test_a_file_that_cannot_be_written_is_reported_and_the_old_one_kept(store, tmp_path):
    assert errors_of(lambda: store.export_events(tmp_path / "none" / "a.jsonl"))[0][0] == "E611"
    folder = tmp_path / "a.jsonl"
    folder.mkdir()
    assert errors_of(lambda: store.export_events(folder))[0][0] == "E611"
    assert [entry.name for entry in tmp_path.glob("*.partial")] == []


def seconds(call) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


@pytest.mark.parametrize("row", ["{0:016x},cat", "item-{0},dog", "zz{0:x},whale{0}", "0.png,cat"])
def test_a_hundred_thousand_errors_are_counted(store, tmp_path, row):
    """They took 84 seconds and 400,000 lines."""
    many = Items([f"{i:08x}" for i in range(100_000)], [f"{i}/0.png" for i in range(100_000)])
    path = tmp_path / "wrong.csv"
    path.write_text("item,label\n" + "".join(f"{row.format(i)}\n" for i in range(100_000)))

    def parse() -> None:
        with pytest.raises(RcmvaeError) as error:
            csv_exchange.parse(path, many, store.classes())
        shown = error.value.diagnostics
        assert len(shown) == 20
        assert shown[-1].help[-1] == "and 99980 more errors like these"
        assert [each.place.span.line for each in shown] == list(range(2, 22))

    assert seconds(parse) < 8


def test_errors_of_a_history_are_counted(history, tmp_path):
    path = tmp_path / "wrong.jsonl"
    path.write_text(history.read_text().split("\n")[0] + "\n" + "{}\n" * 100_000)
    with pytest.raises(RcmvaeError) as error:
        jsonl.parse(path, DATA)
    assert len(error.value.diagnostics) == 20
    assert error.value.diagnostics[-1].help[-1] == "and 99980 more errors like these"
