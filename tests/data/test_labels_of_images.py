"""Labels that people give images of a folder, when the size, the images or the folder change."""

from __future__ import annotations

import shutil
from pathlib import Path

import attrs
import numpy as np
import pytest
from PIL import Image
from rcmvae_plugins.data.image_folder import image_folder
from rcmvae_plugins.data.params import ImageFolderParams

from rcmvae_core.data.fingerprint import item_ids
from rcmvae_core.data.label_overlay import former_ids, identity, open_store, overlay_labels
from rcmvae_core.data.split import split_dataset
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.labels.items import Items
from rcmvae_core.labels.records import Provenance
from rcmvae_core.labels.store import LabelStore
from rcmvae_core.labels.store_path import default_path, find_store
from rcmvae_core.plugin.core_tables import DataTable
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.spec.resolve import resolve_plugin

BY = Provenance("a test")


def add_images(root, names, seed=0):
    rng = np.random.default_rng(seed)
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (12, 12, 3), np.uint8)).save(root / name)


def load(root, **arguments):
    return image_folder(ImageFolderParams(str(root), **{"size": (6, 6), "mode": "grey"} | arguments))


@pytest.fixture
def pictures(tmp_path):
    root = tmp_path / "pictures"
    add_images(root, [f"{name}/{index}.png" for name in ("a", "b") for index in range(3)])
    add_images(root, [f"unlabelled/{index}.png" for index in range(6)], seed=1)
    return root


@pytest.fixture
def store(pictures, tmp_path) -> Path:
    """A store in which two unlabelled images have labels."""
    dataset = load(pictures)
    path = default_path(tmp_path / "runs" / "first", "image_folder", identity(dataset))
    with open_store(path, dataset) as opened:
        items = Items(item_ids(dataset), dataset.names)
        opened.assign([items.check("unlabelled/1.png")], 0, BY)
        opened.assign([items.check("unlabelled/4.png")], 1, BY)
    return path


def overlaid(store, dataset):
    labelled = overlay_labels(DataTable(label_store=str(store)), dataset, None)
    found = {
        name: int(label)
        for name, label in zip(dataset.names, labelled.store_labels, strict=True)
        if label >= 0
    }
    return found, labelled.dataset.notes[len(dataset.notes) :]


def found_store(tmp_path, dataset):
    return find_store(
        tmp_path / "runs" / "second", "image_folder", identity(dataset), lambda: item_ids(dataset)
    )


EXPECTED = {"unlabelled/1.png": 0, "unlabelled/4.png": 1}


@pytest.mark.parametrize("change", ["size", "mode", "decode", "more", "moved", "fewer"])
def test_labels_stay_with_their_images(pictures, store, tmp_path, change):
    arguments = {"size": {"size": (9, 4)}, "mode": {"mode": "color"}, "decode": {"decode": "when used"}}
    if change == "more":
        add_images(pictures, ["0.png", "a/new.png", "unlabelled/new.png"], seed=2)
    if change == "fewer":
        (pictures / "unlabelled" / "0.png").unlink()
    root = shutil.move(pictures, tmp_path / "elsewhere") if change == "moved" else pictures
    dataset = load(root, **arguments.get(change, {}))
    assert overlaid(store, dataset) == (EXPECTED, ())
    assert found_store(tmp_path, dataset) == store
    with open_store(store, dataset) as opened:
        assert opened.warnings == ()


def test_labels_of_images_that_are_gone_are_named(pictures, store, tmp_path):
    gone = next(iter(item_ids(load(pictures))[-5:]))
    (pictures / "unlabelled" / "1.png").unlink()
    dataset = load(pictures, size=(3, 3))
    found, notes = overlaid(store, dataset)
    assert found == {"unlabelled/4.png": 1}
    assert len(notes) == 1
    assert notes[0].startswith(f"1 of 2 labels in `{store}` are of items that the data do not have: `{gone}`")
    with open_store(store, dataset) as opened:
        assert [warning.code for warning in opened.warnings] == ["W602"]


def test_other_images_have_another_store(pictures, store, tmp_path):
    other = tmp_path / "other"
    add_images(other, [f"{name}/{index}.png" for name in ("a", "b") for index in range(3)], seed=3)
    dataset = load(other)
    assert found_store(tmp_path, dataset) == default_path(
        tmp_path / "runs" / "second", "image_folder", identity(dataset)
    )
    with pytest.raises(RcmvaeError, match="have none of its 2 labelled items") as caught:
        open_store(store, dataset)
    assert caught.value.diagnostics[0].code == "E603"


def test_ids_of_earlier_versions_are_those_of_pixels(pictures, tmp_path):
    dataset = load(pictures)
    former = former_ids(dataset)
    assert former == item_ids(dataset._replace(ids=()))
    assert not set(former) & set(dataset.ids)
    assert former_ids(dataset._replace(ids=())) == []
    path = tmp_path / "old.sqlite"
    with LabelStore(path, identity(dataset)) as old:
        old.assign([former[-1]], 1, BY)
    found, (note,) = overlaid(path, dataset)
    assert found == {}
    assert f"1 of 1 labels in `{path}` are of items that the data do not have: `{former[-1]}`" in note
    assert "`rcmvae label RUN carry`" in note
    with pytest.raises(RcmvaeError, match="labelled items") as caught:
        open_store(path, load(pictures, size=(5, 5)))
    assert "carry" in caught.value.diagnostics[0].help[-1]


def test_labels_survive_a_new_class(pictures, store, tmp_path):
    with open_store(store, load(pictures)) as opened:
        opened.add_class("c", BY)
        opened.add_class("ink", BY)
        opened.rename_class(0, "A", BY)
    add_images(pictures, ["aa/0.png", "aa/1.png", "c/0.png", "c/1.png"], seed=4)
    dataset = load(pictures)
    assert dataset.class_names == ("a", "aa", "b", "c")
    labelled = overlay_labels(DataTable(label_store=str(store)), dataset, None)
    assert labelled.dataset.class_names == ("A", "b", "c", "ink", "aa")
    of_folder = {"a": 0, "b": 1, "c": 2, "aa": 4, "unlabelled": -1}
    expected = [
        EXPECTED.get(name, of_folder[name.split("/")[0]]) for name in dataset.names
    ]  # fmt: skip
    assert labelled.dataset.labels.tolist() == expected
    assert found_store(tmp_path, dataset) == store
    shutil.rmtree(pictures / "a")
    with pytest.raises(RcmvaeError, match="the classes were"):
        open_store(store, load(pictures))


def test_labels_given_before_there_were_classes_survive(pictures, tmp_path):
    shutil.move(pictures / "a", tmp_path / "a")
    shutil.rmtree(pictures / "b")
    path = tmp_path / "labels.sqlite"
    dataset = load(pictures)
    with open_store(path, dataset) as opened:
        opened.add_class("b", BY)
        opened.assign([dataset.ids[0]], opened.find("b").id, BY)
    shutil.move(tmp_path / "a", pictures / "a")
    dataset = load(pictures)
    labelled = overlay_labels(DataTable(label_store=str(path)), dataset, None).dataset
    names = [labelled.class_names[label] if label >= 0 else "" for label in labelled.labels]
    assert dict(zip(dataset.names, names, strict=True))["unlabelled/0.png"] == "b"
    assert names.count("a") == 3
    assert labelled.class_names == ("b", "a")


def test_a_split_has_the_notes_and_the_classes_of_the_store(pictures, store):
    add_images(pictures, ["aa/0.png", "aa/1.png", "aa/2.png", "aa/3.png"], seed=4)
    (pictures / "unlabelled" / "1.png").unlink()
    dataset = load(pictures)
    part = resolve_plugin("data", "image_folder", {"path": str(pictures)}, discover())[0]
    part = attrs.evolve(part, keys=DataTable(label_store=str(store), labels_per_class=1))
    found, split = split_dataset(part, dataset)
    assert found.class_names == ("a", "b", "aa")
    assert any("are of items that the data do not have" in note for note in found.notes)
    named = {
        found.names[index]: found.class_names[label]
        for index, label in zip(split.labelled, split.given, strict=True)
    }
    assert all(
        label == name.split("/")[0] for name, label in named.items() if not name.startswith("unlabelled")
    )
    assert set(named.values()) == {"a", "b", "aa"}
    part = attrs.evolve(part, keys=attrs.evolve(part.keys, held_out_classes=("aa",)))
    found, split = split_dataset(part, dataset)
    assert found.class_names == ("a", "b")
    assert {found.names[index].split("/")[0] for index in split.held_out} == {"aa"}
