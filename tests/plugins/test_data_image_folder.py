"""Data `image_folder`: images, their classes and split, and the errors of images that cannot be used."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import unicodedata

import numpy as np
import pytest
from PIL import Image
from rcmvae_plugins.data.image_folder import image_folder
from rcmvae_plugins.data.params import ImageFolderParams

from rcmvae_core.data.dataset import dataset_violations

from .refusals import refused


def paint(path, color=(0, 0, 0), mode="RGB", size=(8, 4), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB", size, color).quantize(4) if mode == "P" else Image.new(mode, size, color)
    image.save(path, **options)


def load(path, **arguments):
    return image_folder(ImageFolderParams(str(path), **{"size": (4, 8), "mode": "grey"} | arguments))


def labels_by_name(data):
    names = [data.class_names[label] if label >= 0 else None for label in data.labels]
    return dict(zip(data.names, names, strict=True))


@pytest.fixture
def pictures(tmp_path):
    """Ten images of each of three classes, with one brightness per class."""
    root = tmp_path / "pictures"
    for number, name in enumerate(["2", "10", "1"]):
        for index in range(10):
            paint(root / name / f"{index}.png", (60 * number, 0, 0))
    return root


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


def load_params(params):
    return load(**params)


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


# Pixels


@pytest.mark.parametrize(
    ("mode", "color", "expected"),
    [
        ("L", 77, 77),
        ("RGB", (77, 77, 77), 77),
        ("RGBA", (77, 77, 77, 255), 77),
        ("RGBA", (77, 77, 77, 51), 219),  # 0.2 of 77 on white
        ("LA", (77, 51), 219),
        ("LA", (77, 255), 77),
        ("P", (77, 77, 77), 77),
        ("1", 0, 0),
        ("1", 1, 255),
        ("I;16", 77 * 257, 77),
        ("I;16", 65535, 255),
    ],
)
@pytest.mark.parametrize("decode", ["once", "when used"])
def test_every_mode_is_read(tmp_path, mode, color, expected, decode):
    for index in range(2):
        paint(tmp_path / "a" / f"{index}.png", color, mode)
    data = load(tmp_path, decode=decode)
    assert set(np.asarray(data.inputs[np.arange(2)]).ravel().tolist()) == {expected}


def test_cmyk_is_read_as_colour(tmp_path):
    for index in range(2):
        paint(tmp_path / "a" / f"{index}.tif", (255, 0, 0, 0), "CMYK")
    assert load(tmp_path, mode="color").inputs[0, 0, 0].tolist() == [0, 255, 255]
    assert set(load(tmp_path).inputs.ravel().tolist()) == {179}


def test_sixteen_bits_are_scaled_by_a_stated_maximum(tmp_path):
    for index, value in enumerate((0, 1000, 2048, 4095)):
        paint(tmp_path / "a" / f"{index}.png", value, "I;16")
    data = load(tmp_path)
    assert data.inputs[:, 0, 0, 0].tolist() == [0, 4, 8, 16]
    assert any(note.endswith("set `maximum = 4095`") for note in data.notes)
    right = load(tmp_path, maximum=4095)
    assert right.inputs[:, 0, 0, 0].tolist() == [0, 62, 128, 255]
    assert not any("16 bits" in note for note in right.notes)
    assert (
        "images of 16 bits reach 4095, and are white from `maximum = 2000` on"
        in load(tmp_path, maximum=2000).notes
    )


def drawing(path, ink, *, level=255):
    """Draw a bar of one ink, which only the alpha channel shows."""
    pixels = np.zeros((6, 6, 4), np.uint8)
    pixels[..., :3] = ink
    pixels[2:4, :, 3] = level
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.mark.parametrize("decode", ["once", "when used"])
def test_transparent_pixels_show_the_background(tmp_path, decode):
    for index in range(2):
        drawing(tmp_path / "black" / f"{index}.png", 0)
        drawing(tmp_path / "white" / f"{index}.png", 255)

    def columns(background):
        data = load(tmp_path, size=(6, 6), background=background, decode=decode)
        return np.asarray(data.inputs[np.arange(4)])[[0, 2], :, 0, 0].tolist(), data.notes

    bar = [0, 0, 255, 255, 0, 0]
    assert columns("auto")[0] == [[255 - value for value in bar], bar]
    assert columns("black")[0] == [[0] * 6, bar]
    assert columns("white")[0] == [[255 - value for value in bar], [255] * 6]
    assert "4 images have an alpha channel; transparent pixels are black" in columns("black")[1]


@pytest.mark.parametrize("decode", ["once", "when used"])
def test_equal_inputs_are_warned_of(tmp_path, decode):
    for index in range(4):
        drawing(tmp_path / str(index % 2) / f"{index}.png", 0, level=index * 60)
    assert not any("same pixels" in note for note in load(tmp_path, decode=decode).notes)
    assert any("same pixels" in note for note in load(tmp_path, background="black", decode=decode).notes)


def test_images_are_turned_upright(tmp_path):
    picture = Image.fromarray(np.array([[0] * 8, [255] * 8], np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its side
    for index in range(2):
        picture.save(tmp_path / f"{index}.png", exif=exif)
    data = load(tmp_path, size=None, labelled=False)
    assert data.inputs[0, :, :, 0].tolist() == [[255, 0]] * 8


@pytest.mark.parametrize("form", ["gif", "tiff", "png", "webp"])
@pytest.mark.parametrize("decode", ["once", "when used"])
def test_the_first_frame_is_used_and_named(tmp_path, form, decode):
    frames = [Image.new("L", (8, 4), value) for value in (50, 200)]
    frames[0].save(tmp_path / f"0.{form}", save_all=True, append_images=frames[1:])
    paint(tmp_path / "1.png", 50, "L")
    data = load(tmp_path, decode=decode)
    assert abs(np.asarray(data.inputs[np.arange(2)]).astype(int) - 50).max() <= 1
    assert f"1 images have several frames or pages, of which the first is used: `0.{form}`" in data.notes
    text = refused(load_params, {"path": str(tmp_path), "frames": "error", "decode": decode})
    assert f"1 images have several frames or pages: `0.{form}`" in text


# What the training images decide


def test_size_is_that_of_the_training_images(tmp_path):
    for index in range(5):
        paint(tmp_path / "train" / "a" / f"{index}.png", size=(300 + 20 * index, 170))
    paint(tmp_path / "test" / "a" / "0.png", size=(9, 9))
    data = load(tmp_path, size=None)
    assert data.inputs.shape == (6, 32, 64, 1)
    assert (
        "training images of 170x300 to 170x380 pixels (height x width) are resized to `size = [32, 64]`, "
        "their medians, at most 64" in data.notes
    )


@pytest.mark.parametrize("decode", ["once", "when used"])
@pytest.mark.parametrize(("coloured", "channels"), [(0, 1), (1, 1), (5, 3)])
def test_mode_is_colour_if_images_have_colour(tmp_path, coloured, channels, decode):
    for index in range(20):
        paint(tmp_path / "train" / "a" / f"{index}.jpg", (200, 40, 40) if index < coloured else (90, 90, 90))
    paint(tmp_path / "test" / "a" / "0.png", (255, 0, 0))
    data = load(tmp_path, mode="auto", decode=decode)
    assert data.inputs.shape[-1] == channels
    mode = "color" if channels == 3 else "grey"
    expected = f'{coloured} of 20 training images that were checked have colour: `mode = "{mode}"`'
    assert expected in data.notes
    assert load(tmp_path, mode="color", decode=decode).inputs.shape[-1] == 3


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
