"""Data `image_folder`: the pixels of every kind of image, and the size and the mode that training images decide."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from .picture_files import load, load_params, paint
from .refusals import refused

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
