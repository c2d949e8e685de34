"""Data `image_folder`: which files are images, and the classes and the split that folders and files of labels give."""

from __future__ import annotations

import json
import os
import shutil
import unicodedata

import numpy as np
import pytest
from rcmvae_plugins.data.params import ImageFolderParams

from rcmvae_core.data.dataset import dataset_violations

from .picture_files import labels_by_name, load, load_params, paint, three_classes
from .refusals import refused


@pytest.fixture
def pictures(tmp_path):
    return three_classes(tmp_path / "pictures")


# Classes


def test_sub_folders_are_classes(pictures):
    (pictures / "1" / "notes.txt").write_text("no image")
    (pictures / "1" / ".hidden.png").write_bytes(b"no image")
    data = load(pictures, size=(5, 7), mode="color")
    assert data.inputs.shape == (30, 5, 7, 3)
    assert data.inputs.dtype == np.uint8
    assert data.class_names == ("1", "2", "10")
    brightness = {"2": 0, "10": 60, "1": 120}
    for pixels, label in zip(data.inputs, data.labels, strict=True):
        assert (pixels == [brightness[data.class_names[label]], 0, 0]).all()
    assert np.bincount(data.labels[data.test]).tolist() == [2, 2, 2]
    assert data.notes == ("1 files are no images that can be read, and are ignored: 1 .txt",)
    again = load(pictures, size=(5, 7), mode="color")
    assert all(np.array_equal(a, b) for a, b in zip(data[:4], again[:4], strict=True))
    assert dataset_violations(data, ("data.image", "data.labels")) == []


def test_without_labels_every_image_counts(pictures):
    paint(pictures / "beside.PNG")
    data = load(pictures, labelled=False)
    assert data.inputs.shape == (31, 4, 8, 1)
    assert data.class_names == ()
    assert (data.labels == -1).all()
    assert sorted(set(data.inputs.ravel().tolist())) == [0, 18, 36]  # 0.299 of 60 and of 120


def test_labelled_and_unlabelled_images_together(pictures):
    paint(pictures / "beside.png")
    paint(pictures / "unlabelled" / "sub" / "0.png")
    paint(pictures / "NA" / "0.png")
    paint(pictures / "1" / "from" / "afar" / "0.png")
    data = load(pictures)
    assert data.class_names == ("1", "2", "10")
    found = labels_by_name(data)
    assert {name for name, label in found.items() if label is None} == {
        "beside.png", "unlabelled/sub/0.png", "NA/0.png",
    }  # fmt: skip
    assert found["1/from/afar/0.png"] == "1"
    assert "3 of 34 images have no label: 1 in `NA/`, 1 in `unlabelled/`, 1 in no folder" in data.notes
    changed = load(pictures, unlabelled=("10",))
    assert changed.class_names == ("1", "2", "NA", "unlabelled")


def test_links_to_folders_are_followed_and_loops_are_not(pictures, tmp_path):
    shutil.move(pictures / "1", tmp_path / "elsewhere")
    (pictures / "1").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "up").symlink_to(pictures)
    (pictures / "2" / "self").symlink_to(pictures / "2")
    data = load(pictures)
    assert data.class_names == ("1", "2", "10")
    assert [*labels_by_name(data).values()].count("1") == 10
    assert len(data.names) == 30


def test_a_broken_link_is_listed(pictures, tmp_path):
    (pictures / "1" / "gone.png").symlink_to(tmp_path / "gone.png")
    data = load(pictures)
    assert len(data.names) == 30
    assert "left out: `1/gone.png` cannot be read: No such file or directory" in data.notes


def test_files_of_systems_are_ignored_everywhere(pictures):
    for name in ("Thumbs.db", ".DS_Store", "desktop.ini"):
        (pictures / name).write_bytes(b"")
        (pictures / "1" / name).write_bytes(b"")
    paint(pictures / "__MACOSX" / "1" / "0.png")
    paint(pictures / "1" / "@eaDir" / "0.png")
    data = load(pictures)
    assert (len(data.names), data.class_names, data.notes) == (30, ("1", "2", "10"), ())


@pytest.mark.parametrize(
    "suffix", ["jfif", "jpe", "JPG", "tif", "TIFF", "bmp", "ppm", "webp", "tga", "jp2", "gif", "ico"]
)
def test_every_suffix_of_pillow_is_an_image(tmp_path, suffix):
    form = {"jfif": "jpeg", "jpe": "jpeg", "JPG": "jpeg", "tif": "tiff"}.get(suffix, suffix.lower())
    for index in range(2):
        paint(
            tmp_path / "a" / f"{index}.{suffix}",
            (77, 77, 77),
            size=(16, 16),
            format=form.replace("jp2", "jpeg2000"),
        )
    data = load(tmp_path)
    assert len(data.names) == 2
    assert abs(data.inputs.astype(int) - 77).max() <= 1


def test_names_are_in_normal_form_c(tmp_path):
    composed, decomposed = (unicodedata.normalize(form, "é") for form in ("NFC", "NFD"))
    paint(tmp_path / decomposed / f"{decomposed}.png")
    paint(tmp_path / decomposed / "1.png")
    data = load(tmp_path)
    assert data.class_names == (composed,)
    assert data.names == ("é/1.png", f"{composed}/{composed}.png")


def test_names_that_differ_in_normal_form_alone_stay_apart(tmp_path):
    composed, decomposed = (unicodedata.normalize(form, "é") for form in ("NFC", "NFD"))
    paint(tmp_path / "a" / f"{composed}.png", (10, 10, 10))
    paint(tmp_path / "a" / f"{decomposed}.png", (90, 90, 90))
    if len(list((tmp_path / "a").iterdir())) == 1:
        pytest.skip("the file system normalizes names")
    data = load(tmp_path)
    assert len(set(data.names)) == 2
    assert sorted(data.inputs[:, 0, 0, 0].tolist()) == [10, 90]


def test_names_that_are_not_unicode_are_readable(tmp_path):
    paint(tmp_path / "a" / "0.png")
    try:
        paint(tmp_path / "a" / os.fsdecode(b"\xff.png"))
    except OSError:
        pytest.skip("the file system refuses such names")
    assert load(tmp_path).names == ("a/0.png", "a/\ufffd.png")


def test_one_class_with_folders_inside_is_questioned(tmp_path, pictures):
    data = load(tmp_path)
    assert data.class_names == ("pictures",)
    expected = f'all images with a label are in one class, `pictures`; set `path = "{pictures}"` if'
    assert any(note.startswith(expected) for note in data.notes)


# A file of labels


def flat(root, count=6):
    for index in range(count):
        paint(root / "sub" / f"é{index}.png", (index, 0, 0))
    return root


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("labels.csv", "file,label\nsub/é0.png,cat\nsub/é1.png,dog\nsub/é2.png,\nsub/é3.png,NA\n"),
        ("labels.csv", "\ufefffilename;class;more\né0.png;cat;1\n./sub/é1.png;dog;2\n"),
        ("labels.csv", "id\tlabel\né0\tcat\r\nsub\\é1.png\tdog\n"),
        ("labels.json", '{"sub/é0.png": "cat", "sub/é1.png": "dog", "sub/é2.png": null}'),
        ("labels.json", '[{"file": "sub/é0.png", "label": "cat"}, {"file": "sub/é1.png", "label": "dog"}]'),
        (
            "labels.jsonl",
            '{"file_name": "é0.png", "label": "cat"}\n{"file_name": "é1.png", "label": "dog"}\n',
        ),
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_file_of_labels(tmp_path, name, content, form):
    (flat(tmp_path) / name).write_text(unicodedata.normalize(form, content), encoding="utf-8")
    data = load(tmp_path, labels=name)
    found = labels_by_name(data)
    assert {name: label for name, label in found.items() if label} == {
        "sub/é0.png": "cat", "sub/é1.png": "dog",
    }  # fmt: skip
    assert "4 of 6 images have no label" in data.notes
    assert data.notes[0].startswith(f"`{name}` names ")


def test_numbers_are_labels_and_names_of_no_image_are_listed(tmp_path):
    (flat(tmp_path) / "l.json").write_text(
        json.dumps({"é0.png": 10, "é1.png": 9.0, "é2.png": -1, "x.png": 3})
    )
    data = load(tmp_path, labels="l.json")
    assert data.class_names == ("9", "10")
    assert "1 names in it are of no image: `x.png`" in data.notes


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("file,label\né0.png,cat\né0.png,dog\n", "line 3: `é0.png` is labelled `dog`, and `cat` in line 2"),
        ("file,label\nx.png,cat\n", "none of its 1 entries names an image of the folder, such as `x.png`"),
        ("picture,label\nx.png,cat\n", "it has no column `file`: its columns are picture, label"),
        ("file,label\né0.png\n", "line 2 has fewer columns"),
        ("", "it has no column `file`: its columns are none"),
    ],
)
def test_a_file_of_labels_that_cannot_be_used(tmp_path, content, message):
    (flat(tmp_path) / "labels.csv").write_text(content, encoding="utf-8")
    assert message in refused(load_params, {"path": str(tmp_path), "labels": "labels.csv"})


def test_a_file_of_labels_that_does_not_exist(tmp_path):
    assert "`none.csv` does not exist" in refused(
        load_params, {"path": str(flat(tmp_path)), "labels": "none.csv"}, code="E305"
    )


# The split


def test_folders_that_split_are_recognised(tmp_path):
    for folder, count in (("Train", 6), ("val", 2), ("test", 3)):
        for index in range(count):
            for name in ("a", "b"):
                paint(tmp_path / folder / name / f"{index}.png")
    paint(tmp_path / "Train" / "unlabelled" / "0.png")
    paint(tmp_path / "unlabelled" / "1.png")
    data = load(tmp_path)
    assert data.class_names == ("a", "b")
    assert {data.names[index].split("/")[0] for index in data.test} == {"test"}
    assert len(data.test) == 6
    assert len(data.train) == 18
    assert data.notes[0] == (
        "folders split the images: `Train/` (13) are training images, `test/` (6) are test images, "
        "`val/` (4) are training images (validation images are drawn from the training images)"
    )
    assert labels_by_name(data)["Train/unlabelled/0.png"] is None
    assert load(tmp_path, split="none").class_names == ("Train", "test", "val")
    shutil.rmtree(tmp_path / "test")
    assert {name for name in np.array(load(tmp_path).names)[load(tmp_path).test] if "val" in name}


def test_folders_that_are_not_all_of_a_split_are_classes(pictures):
    paint(pictures / "train" / "0.png")
    paint(pictures / "test" / "0.png")
    assert load(pictures).class_names == ("1", "10", "2", "test", "train")
    text = refused(load_params, {"path": str(pictures), "split": "folders"})
    assert "its sub-folders do not split the images" in text


def test_a_folder_of_test_images(pictures, tmp_path):
    paint(tmp_path / "tests" / "3" / "0.png")
    paint(tmp_path / "tests" / "1" / "0.png")
    data = load(pictures, test_path=str(tmp_path / "tests"))
    assert data.class_names == ("1", "2", "3", "10")
    assert data.train.tolist() == list(range(30))
    assert data.labels[data.test].tolist() == [0, 2]
    assert data.names[-2:] == ("../tests/1/0.png", "../tests/3/0.png")


@pytest.mark.parametrize(
    "arguments",
    [
        {"test_path": "b", "test_fraction": 0.1},
        {"test_path": "b", "labels": "l.csv"},
        {"test_path": "b", "split": "folders"},
        {"labels": "l.csv", "labelled": False},
    ],
)
def test_parameters_that_exclude_each_other(arguments):
    with pytest.raises(ValueError, match=r"`test_path`|`labels`"):
        ImageFolderParams("a", **arguments)
