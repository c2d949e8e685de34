"""Data `image_folder`: how files are named and identified, and what happens to those that cannot be read."""

from __future__ import annotations

import hashlib
import shutil

import numpy as np
import pytest
from PIL import Image

from rcmvae_core.data.dataset import dataset_violations

from .picture_files import labels_by_name, load, load_params, paint, three_classes
from .refusals import refused


@pytest.fixture
def pictures(tmp_path):
    return three_classes(tmp_path / "pictures")


# Names and identity


@pytest.mark.parametrize("decode", ["once", "when used"])
def test_an_image_is_named_by_its_path_and_identified_by_its_file(pictures, tmp_path, decode):
    paint(pictures / "1" / "0.png", (1, 2, 3))
    data = load(pictures, decode=decode)
    digest = hashlib.sha256((pictures / "1" / "0.png").read_bytes()).hexdigest()[:16]
    assert data.names[0] == "1/0.png"
    assert data.ids[0] == digest
    assert len(data.ids) == len(data.names) == 30
    assert data.ids[-1] == data.ids[29] == data.ids[28:][1]
    moved = shutil.copytree(pictures, tmp_path / "moved")
    paint(moved / "0" / "0.png", (9, 9, 9))
    other = load(moved, size=(2, 3), mode="color", decode=decode)
    assert (
        dict(zip(data.names, data.ids, strict=True)).items()
        <= dict(zip(other.names, other.ids, strict=True)).items()
    )


# Files that cannot be read


def spoil(pictures):
    """Cut nine images short by different lengths, and empty two."""
    for index in range(9):
        path = pictures / "2" / f"{index}.png"
        Image.fromarray(np.random.default_rng(index).integers(0, 256, (40, 40, 3), np.uint8)).save(path)
        path.write_bytes(path.read_bytes()[: 1000 + 10 * index])
    (pictures / "1" / "0.png").write_bytes(b"")
    (pictures / "1" / "1.png").write_bytes(b"")


def test_images_that_cannot_be_read_are_left_out_and_listed(pictures):
    spoil(pictures)
    data = load(pictures)
    assert len(data.inputs) == len(data.labels) == len(data.names) == len(data.ids) == 19
    assert sorted([*data.train, *data.test]) == list(range(19))
    assert labels_by_name(data)["2/9.png"] == "2"
    skipped = [note for note in data.notes if note.startswith("left out")]
    assert skipped[0] == "left out: 2 images cannot be read: cannot identify image file: `1/0.png`, `1/1.png`"
    assert skipped[1].startswith("left out: 9 images cannot be read: image file is truncated")
    assert skipped[1].endswith(": " + ", ".join(f"`2/{index}.png`" for index in range(9)))
    assert len(skipped) == 2
    assert dataset_violations(data, ("data.image", "data.labels")) == []


def test_the_split_of_the_other_images_stays(pictures):
    for path in pictures.glob("*/[0-4].png"):
        Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)).save(path)
    whole = load(pictures)
    for path in pictures.glob("*/[0-4].png"):
        path.write_bytes(path.read_bytes()[:1000])
    data = load(pictures)
    assert len(data.names) == 15
    for part in ("train", "test"):
        before = {whole.names[index] for index in getattr(whole, part)}
        after = {data.names[index] for index in getattr(data, part)}
        assert after == before & set(data.names)


def test_images_that_cannot_be_read_stop_the_run_with_one_message_for_each_reason(pictures):
    for index in range(12):
        (pictures / "1" / f"broken{index:02}.png").write_bytes(b"")
    text = refused(load_params, {"path": str(pictures), "on_error": "stop"})
    assert text.count("cannot be read") == 1
    assert "12 images cannot be read: cannot identify image file: `1/broken00.png`" in text
    assert "`1/broken09.png` and 2 more" in text
    assert 'on_error = "skip"' in text


def test_a_folder_of_which_nothing_can_be_read(tmp_path):
    (tmp_path / "0.png").write_bytes(b"")
    assert "`0.png` cannot be read" in refused(load_params, {"path": str(tmp_path)})


def test_a_folder_without_images(tmp_path):
    assert "does not exist" in refused(load_params, {"path": str(tmp_path / "none")}, code="E305")
    (tmp_path / "a.heic").write_bytes(b"")
    text = refused(load_params, {"path": str(tmp_path)}, code="E305")
    assert "contains no images" in text
    assert "it contains other files: 1 .heic" in text
