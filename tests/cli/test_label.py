"""`rcmvae label`: its output, its store and its errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rcmvae_core.cli import run_arguments
from rcmvae_core.cli.actions import label as label_action
from rcmvae_core.cli.arguments import read
from rcmvae_core.cli.main import main
from rcmvae_core.data.dataset import load_dataset
from rcmvae_core.data.fingerprint import item_ids
from rcmvae_core.data.label_overlay import identity
from rcmvae_core.labels.store import LabelStore
from rcmvae_core.labels.store_path import default_path
from rcmvae_core.spec.write import document, dumps
from tests.support.commands import QUICKSTART


@pytest.fixture(scope="module")
def resolved():
    return read(QUICKSTART, ())


@pytest.fixture(scope="module")
def digits(resolved):
    """The data set of the quickstart, and the text of its resolved spec."""
    spec, registry = resolved
    return load_dataset(spec.one("data")), dumps(document(spec, registry.kinds))


@pytest.fixture(scope="module")
def ids(digits):
    return item_ids(digits[0])


@pytest.fixture
def run(tmp_path, digits) -> Path:
    """The part of a run directory that the verb reads."""
    folder = tmp_path / "runs" / "first"
    folder.mkdir(parents=True)
    (folder / "spec.toml").write_text(digits[1])
    return folder


@pytest.fixture
def call(run, capsys):
    """Calls the verb and returns its exit code, stdout and stderr."""

    def call(*words: object) -> tuple[int, str, str]:
        code = main(["label", str(run), *map(str, words)])
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def label(call, monkeypatch, resolved, digits):
    """Calls the verb without reading the spec and the data again, which takes most of the time of a call."""
    monkeypatch.setattr(run_arguments, "resolve_run", lambda *_: (resolved[0], ()))
    monkeypatch.setattr(label_action, "load_dataset", lambda _: digits[0])
    return call


def test_the_text_of_a_session(label, ids):
    assert label("add", "smudge", "--annotator", "ann") == (0, "revision 1: class `smudge` added\n", "")
    assert (
        label("assign", "--index", 12, 57, "--as", "smudge")[1] == "revision 2: 2 items labelled `smudge`\n"
    )
    assert label("assign", ids[3], "--as", "3")[1] == "revision 3: 1 item labelled `3`\n"
    assert label("rename", "smudge", "blot")[1] == "revision 4: class `smudge` is now `blot`\n"
    assert label("merge", "blot", "3")[1] == "revision 5: `blot` merged into `3`, 2 items\n"
    assert label("clear", ids[3])[1] == "revision 6: 1 item cleared\n"
    assert label("retire", "9")[1] == "revision 7: class `9` retired, 0 items cleared\n"
    assert label("undo", "-n", 2)[1] == "revision 9: 2 changes undone\n"
    assert label("redo")[1] == "revision 10: 1 change redone\n"
    output = label("show")[1].splitlines()
    assert output[3] == "      2  3"
    assert output[10:] == ["      0  blot (merged into 3)", "      2  labels, revision 10"]
    log = label("log", "-n", 20)[1].splitlines()
    assert [line.split("  ")[-1] for line in log] == [
        "redo of 6, 1 item", "undo of 6, 1 item", "undo of 7, 0 items", "`9` retired, 0 items",
        "1 item cleared", "`blot` merged into `3`, 2 items", "class 10 named `blot`",
        "1 item labelled `3`", "2 items labelled `blot`", "class `smudge` added",
    ]  # fmt: skip
    assert log[-1].split("  ")[-3:-1] == ["ann", "command"]


def test_json(label, digits, run):
    receipt = label(
        "assign", "--index", 12, "--as", "3", "--annotator", "ann", "--request-id", "b", "--json"
    )[1]
    assert json.loads(receipt) == {"revision": 1, "items": 1, "repeated": False}
    assert json.loads(label("assign", "--index", 12, "--as", "3", "--request-id", "b", "--json")[1])[
        "repeated"
    ]
    (event,) = json.loads(label("log", "--json")[1])["events"]
    assert event | {"time": ""} == {
        "revision": 1, "time": "", "kind": "assign", "items": 1, "who": "ann", "how": "command", "score": None,
        "batch": "b", "class": 3, "name": None, "into": None, "target": None,
    }  # fmt: skip
    output = json.loads(label("show", "--json")[1])
    assert (output["revision"], output["labels"]) == (1, 1)
    assert output["classes"][3] == {"id": 3, "name": "3", "state": "active", "into": None, "items": 1}
    assert json.loads(label("redo", "--json")[1])["diagnostics"][0]["code"] == "E609"


def test_the_store_is_beside_the_runs_and_belongs_to_the_data(call, run, digits, tmp_path):
    path = default_path(run, "digits", identity(digits[0]))
    assert path.parent == tmp_path / "runs" / "labels"
    call("show")
    assert not path.parent.exists(), "reading creates no store"
    call("assign", "--index", 5, "--as", "7")
    with LabelStore(path, identity(digits[0])) as store:
        assert store.labels() == {item_ids(digits[0])[5]: 7}
    other = run.with_name("second")
    other.mkdir()
    for key in ("label_seed", "split_seed"):
        assert f"{key} = 0" in digits[1]
    (other / "spec.toml").write_text(digits[1].replace("_seed = 0", "_seed = 7"))
    assert main(["label", str(other), "undo"]) == 0
    mine = tmp_path / "mine.sqlite"
    assert call("--store", mine, "add", "blot")[0] == call("undo", "--store", mine)[0] == 0
    assert mine.is_file()


def test_export_and_import(label, ids, tmp_path):
    table, history = tmp_path / "a.csv", tmp_path / "a.jsonl"
    table.write_text("index,label\n12,3\n57,7\n")
    assert label("import", table, "--request-id", "b")[1] == f"revision 1: 2 items from `{table}`\n"
    label("rename", "3", "three")
    assert label("import", table, "--request-id", "b")[1].endswith(" (already applied)\n")
    assert label("export", table, "--force")[1] == f"2 items of revision 2 in `{table}`\n"
    assert table.read_text() == f"item,index,label\n{ids[12]},12,three\n{ids[57]},57,7\n"
    assert label("export", history)[1] == f"the history up to revision 2 in `{history}`\n"
    copy = tmp_path / "copy.sqlite"
    assert label("import", history, "--store", copy)[1] == f"revision 2: 2 items from `{history}`\n"
    assert label("log", "--store", copy)[1] == label("log")[1]
    assert json.loads(label("log", "--json")[1])["events"][1]["how"] == "import"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["assign", "--index", "5", "--as", "tree"], [("E604", "unknown class `tree`")]),
        (
            ["assign", "0000", "--index", "5", "9999", "--as", "3"],
            [
                ("E607", "the data set has no item `0000`"),
                ("E607", "index 9999 is out of range: the data set has 1797 inputs, from 0"),
            ],
        ),
        (["clear"], [("E607", "no item is given")]),
        (["rename", "3", "4"], [("E606", "class `4` exists already")]),
        (["undo"], [("E609", "nothing to undo")]),
        (["import", "labels.xls"], [("E608", "`labels.xls` ends in neither .csv nor .jsonl")]),
        (["import", "none.csv"], [("E608", "cannot read `none.csv`: No such file or directory")]),
    ],
)
def test_what_is_refused(label, words, expected):
    code, output, errors = label(*words, "--json")
    diagnostics = json.loads(output)["diagnostics"]
    assert (code, errors) == (2, "")
    assert [(each["code"], each["message"]) for each in diagnostics] == expected
    assert all(each["help"] for each in diagnostics)
    assert label("log") == (0, "none\n", "")


def test_wrong_arguments(label, tmp_path, capsys):
    assert label("merge", "3")[0] == label("undo", "-n", "0")[0] == 2
    assert main(["label", str(tmp_path), "show", "--json"]) == 2
    assert '"E410"' in capsys.readouterr().out
