"""Data `image_folder`: images, and the errors of images that cannot be used."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from rcmvae_plugins.data.image_folder import image_folder
from rcmvae_plugins.data.params import ImageFolderParams

from .refusals import refused


def paint(path, color, mode="RGB", size=(8, 4)):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB", size, color).quantize(4) if mode == "P" else Image.new(mode, size, color)
    image.save(path)


@pytest.fixture
def pictures(tmp_path):
    """Ten images of each of three classes, with one brightness per class."""
    root = tmp_path / "pictures"
    for number, name in enumerate(["2", "10", "1"]):
        for index in range(10):
            paint(root / name / f"{index}.png", (60 * number, 0, 0))
    return root


def test_sub_folders_are_classes(pictures):
    (pictures / "1" / "notes.txt").write_text("no image")
    (pictures / "1" / ".hidden.png").write_bytes(b"no image")
    data = image_folder(ImageFolderParams(str(pictures), size=(5, 7), mode="color"))
    assert data.inputs.shape == (30, 5, 7, 3)
    assert data.inputs.dtype == np.uint8
    assert data.class_names == ("1", "2", "10")
    brightness = {"2": 0, "10": 60, "1": 120}
    for pixels, label in zip(data.inputs, data.labels, strict=True):
        assert (pixels == [brightness[data.class_names[label]], 0, 0]).all()
    assert np.bincount(data.labels[data.test]).tolist() == [2, 2, 2]
    again = image_folder(ImageFolderParams(str(pictures), size=(5, 7), mode="color"))
    assert all(np.array_equal(a, b) for a, b in zip(data[:4], again[:4], strict=True))


def test_grey_is_one_channel_and_without_labels_every_image_counts(pictures):
    paint(pictures / "beside.PNG", (0, 0, 0))
    data = image_folder(ImageFolderParams(str(pictures), size=(4, 8), labelled=False))
    assert data.inputs.shape == (31, 4, 8, 1)
    assert data.class_names == ()
    assert (data.labels == -1).all()
    assert sorted(set(data.inputs.ravel().tolist())) == [0, 18, 36]  # 0.299 of 60 and of 120


@pytest.mark.parametrize(
    ("mode", "color"),
    [
        ("L", 77),
        ("RGB", (77, 77, 77)),
        ("RGBA", (77, 77, 77, 9)),
        ("P", (77, 77, 77)),
        ("1", 0),
        ("LA", (77, 9)),
    ],
)
def test_every_eight_bit_mode_is_read(tmp_path, mode, color):
    for index in range(2):
        paint(tmp_path / "a" / f"{index}.png", color, mode)
    data = image_folder(ImageFolderParams(str(tmp_path), size=(4, 8)))
    assert set(data.inputs.ravel().tolist()) == {0 if mode == "1" else 77}


def test_images_are_turned_upright(tmp_path):
    picture = Image.fromarray(np.array([[0] * 8, [255] * 8], np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its side
    for index in range(2):
        picture.save(tmp_path / f"{index}.png", exif=exif)
    data = image_folder(ImageFolderParams(str(tmp_path), size=(8, 2), labelled=False))
    assert data.inputs[0, :, :, 0].tolist() == [[255, 0]] * 8


def test_a_folder_of_test_images(pictures, tmp_path):
    paint(tmp_path / "tests" / "3" / "0.png", (0, 0, 0))
    paint(tmp_path / "tests" / "1" / "0.png", (0, 0, 0))
    data = image_folder(ImageFolderParams(str(pictures), size=(4, 8), test_path=str(tmp_path / "tests")))
    assert data.class_names == ("1", "2", "3", "10")
    assert data.train.tolist() == list(range(30))
    assert data.labels[data.test].tolist() == [0, 2]


def test_every_broken_image_is_named_up_to_ten(pictures):
    for index in range(10):
        (pictures / "2" / f"{index}.png").write_bytes((pictures / "2" / f"{index}.png").read_bytes()[:40])
    Image.new("I;16", (8, 4), 5).save(pictures / "1" / "0.png")
    (pictures / "1" / "1.png").write_bytes(b"")
    text = refused(image_folder, ImageFolderParams(str(pictures), size=(4, 8)))
    assert text.count("cannot be read") == 10
    assert "at most 8 bits" in text
    assert "2 more like these" in text


def test_images_beside_the_classes_are_not_passed_over(pictures):
    paint(pictures / "beside.png", (0, 0, 0))
    text = refused(image_folder, ImageFolderParams(str(pictures), size=(4, 8)))
    assert "1 images are in no class folder, such as `beside.png`" in text
    assert "labelled = false" in text


def test_a_folder_without_images(tmp_path):
    for folder, message in ((tmp_path, "contains no images"), (tmp_path / "none", "does not exist")):
        params = ImageFolderParams(str(folder), size=(4, 8))
        assert message in refused(image_folder, params, code="E305")


def test_a_folder_of_test_images_excludes_a_fraction():
    with pytest.raises(ValueError, match="`test_path`"):
        ImageFolderParams("a", size=(2, 2), test_path="b", test_fraction=0.1)
