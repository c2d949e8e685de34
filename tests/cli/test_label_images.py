"""`rcmvae label` on a folder of images: items by their files, and labels of earlier versions."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from PIL import Image

from rcmvae_core.cli.arguments import read
from rcmvae_core.cli.main import main
from rcmvae_core.data.dataset import load_dataset
from rcmvae_core.data.label_overlay import former_ids, identity
from rcmvae_core.labels.records import Provenance
from rcmvae_core.labels.store import LabelStore
from rcmvae_core.labels.store_path import default_path
from rcmvae_core.spec.write import document, dumps
from tests.support.commands import QUICKSTART


@pytest.fixture
def run(tmp_path):
    """The part of a run directory that the verb reads, of a folder of pictures."""
    rng = np.random.default_rng(0)
    for name in ("a/é.png", "a/same.png", "b/same.png", "b/1.png", "2.png", "unlabelled/3.png"):
        path = tmp_path / "pictures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (6, 6), np.uint8)).save(path)
    folder = tmp_path / "runs" / "first"
    folder.mkdir(parents=True)
    spec = tmp_path / "spec.toml"
    text = QUICKSTART.read_text()
    start = text.index("[data")
    rest = text[start:].split("\n[", 1)[1]
    while rest.startswith("data"):
        rest = rest.split("\n[", 1)[1]
    table = f'[data.image_folder]\npath = "{tmp_path}/pictures"\nsize = [6, 6]\n\n['
    spec.write_text(text[:start] + table + rest)
    resolved, registry = read(spec, ())
    (folder / "spec.toml").write_text(dumps(document(resolved, registry.kinds)))
    return folder


@pytest.fixture
def dataset(run):
    return load_dataset(read(run / "spec.toml", ())[0].one("data"))


@pytest.fixture
def label(run, capsys):
    def label(*words) -> tuple[int, str, str]:
        code = main(["label", str(run), *map(str, words)])
        return code, *capsys.readouterr()

    return label


@pytest.fixture
def refused(label):
    """Calls the verb and returns its errors as text, with the line of each."""

    def refused(*words) -> str:
        code, output, _ = label(*words, "--json")
        assert code == 2
        lines = [
            f"{(found.get('span') or {}).get('line')}: {found['message']}\n" + "\n".join(found["help"])
            for found in json.loads(output)["diagnostics"]
        ]
        return "\n".join(lines)

    return refused


def labels(run, dataset):
    with LabelStore(default_path(run, "image_folder", identity(dataset)), identity(dataset)) as store:
        found = store.labels()
    return {name: found[id_] for name, id_ in zip(dataset.names, dataset.ids, strict=True) if id_ in found}


def test_items_are_named_by_their_files(run, dataset, label, refused):
    assert label("assign", "2.png", "unlabelled/3.png", "b/same.png", "--as", "a")[0] == 0
    assert label("assign", "e\u0301.png", "--as", "b")[0] == 0
    assert labels(run, dataset) == {"2.png": 0, "unlabelled/3.png": 0, "b/same.png": 0, "a/é.png": 1}
    assert label("clear", "b/same.png")[1] == "revision 3: 1 item cleared\n"
    errors = refused("assign", "same.png", "none.png", "--as", "a")
    assert "2 files are called `same.png`: `a/same.png`, `b/same.png`" in errors
    assert "the data set has no item `none.png`" in errors
    assert "or by its file, such as `2.png`" in errors


@pytest.mark.parametrize(
    "content", ["file,label\n2.png,b\nunlabelled/3.png,a\n", "label, file ,more\nb,2.png,x\na,3.png,x\n"]
)
def test_labels_are_imported_by_file(run, dataset, label, tmp_path, content):
    path = tmp_path / "labels.csv"
    path.write_text(content)
    assert label("import", path)[1] == f"revision 1: 2 items from `{path}`\n"
    assert labels(run, dataset) == {"2.png": 1, "unlabelled/3.png": 0}
    label("export", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open() as file:
        found = {row["file"]: row["label"] for row in csv.DictReader(file)}
    assert found == {"2.png": "b", "unlabelled/3.png": "a"}


def test_a_file_that_is_no_image_is_named_with_its_line(refused, tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("file,label\n2.png,a\nunlabelled/3.png,a\npictures/none.png,a\n")
    assert "4: the data set has no item `pictures/none.png`" in refused("import", path)


def test_a_blank_cell_is_named_with_its_line(refused, tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("file,label\n2.png,a\nunlabelled/3.png,\n")
    assert "3: it has no label" in refused("import", path)


def test_labels_of_pixels_are_carried_over(run, dataset, label):
    former = dict(zip(dataset.names, former_ids(dataset), strict=True))
    path = default_path(run, "image_folder", identity(dataset))
    with LabelStore(path, identity(dataset)) as store:
        store.assign([former["2.png"], former["a/é.png"], "0123456789abcdef"], 1, Provenance("ann"))
        store.assign([dict(zip(dataset.names, dataset.ids, strict=True))["a/é.png"]], 0, Provenance("ann"))
    shown = json.loads(label("show", "--json")[1])
    assert (shown["labels"], len(shown["unmatched"])) == (4, 3)
    assert "3 of 4 labels" in label("show")[1]
    code, text, _ = label("carry")
    assert code == 0
    assert text.startswith("revision 4: 2 labels carried over to the ids of files\n1 of 3 labels in")
    assert labels(run, dataset) == {"2.png": 1, "a/é.png": 0}, "the label of the new id is the later one"
    again = json.loads(label("carry", "--json")[1])
    assert again == {"revision": 4, "carried": 0, "unmatched": ["0123456789abcdef"]}
    label("undo", "-n", 2)
    assert json.loads(label("show", "--json")[1])["unmatched"] == shown["unmatched"]


def test_a_run_of_another_size_finds_the_store(run, dataset, label, tmp_path):
    label("assign", "2.png", "--as", "b")
    spec = run / "spec.toml"
    spec.write_text(spec.read_text().replace("size = [6, 6]", "size = [3, 5]"))
    assert json.loads(label("show", "--json")[1])["labels"] == 1
    label("assign", "unlabelled/3.png", "--as", "a")
    assert len(list((tmp_path / "runs" / "labels").glob("*.sqlite"))) == 1
    assert labels(run, dataset) == {"2.png": 1, "unlabelled/3.png": 0}
