"""Sheets of pictures: their bytes decode to the pixels of the data."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from rcmvae_core.data.scaling import fit_values
from rcmvae_core.explore.pictures import (
    MAX_SIDE,
    cell_size,
    colour_note,
    draw_sheet,
    from_bytes,
    has_pictures,
    in_data_units,
    to_bytes,
)
from rcmvae_core.inference.model_info import ModelInfo
from rcmvae_core.plugin.protocols import BuildContext


def info(shape, dtype="uint8", maximum=255.0, scaling=None):
    context = BuildContext(shape, 9, 9, 2, 4, 2, 0, "shared", 1, 1)
    return ModelInfo(context, ("a", "b"), maximum, dtype, scaling)


def stored(shape, dtype=np.uint8, most=255):
    values = np.random.default_rng(0).integers(0, most, (5, *shape), endpoint=True)
    return values.astype(dtype)


def pixels(sheet):
    return np.asarray(Image.open(BytesIO(sheet.png)))


def cell(array, number, columns, height, width):
    row, column = divmod(number, columns)
    return array[row * height : (row + 1) * height, column * width : (column + 1) * width]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("columns", [None, 2, 5, 256])
def test_a_sheet_of_bytes_has_the_pixels_of_the_data(channels, columns):
    images = stored((3, 4, channels))
    sheet = draw_sheet(images, info((3, 4, channels)), columns)
    array = pixels(sheet)
    assert sheet.columns == min(columns or 3, 5)
    assert array.shape[:2] == (sheet.rows * 3, sheet.columns * 4)
    for number, image in enumerate(images):
        drawn = cell(array, number, sheet.columns, 3, 4)
        drawn = drawn[..., None] if drawn.ndim == 2 else drawn
        np.testing.assert_array_equal(drawn[..., :channels], image)


def test_cells_without_a_picture_are_transparent():
    images = stored((3, 4, 1))
    alpha = np.asarray(Image.open(BytesIO(draw_sheet(images, info((3, 4, 1)), 3).png)).getchannel("A"))
    assert (cell(alpha, 5, 3, 3, 4) == 0).all()
    assert (alpha == 0).sum() == 12


@pytest.mark.parametrize(
    ("dtype", "maximum", "low", "high"), [("uint16", 65535.0, 0, 65535), ("float32", 1.0, 0, 1), ("float64", 40.0, 0, 40)]
)  # fmt: skip
def test_other_types_are_drawn_from_black_to_white(dtype, maximum, low, high):
    values = np.array([low, high, 0.6 * low + 0.4 * high], dtype).reshape(1, 1, 3, 1)
    assert to_bytes(values, info((1, 3, 1), dtype, maximum)).ravel().tolist() == [0, 255, 102]


@pytest.mark.parametrize("method", ["minmax", "standard"])
def test_scaled_images_are_drawn_in_the_range_of_the_training_images(method):
    values = np.array([-1000.0, 3000.0, 1000.0]).reshape(1, 1, 3, 1)
    model = info((1, 3, 1), "float64", 1.0, fit_values(values, method))
    assert to_bytes(values, model).ravel().tolist() == [0, 255, 128]
    assert to_bytes(in_data_units(model.scaling(values), model), model).ravel().tolist() == [0, 255, 128]


@pytest.mark.parametrize(("dtype", "maximum"), [("uint8", 255.0), ("uint16", 65535.0), ("float32", 2.0)])
def test_pictures_become_inputs_that_look_like_them(dtype, maximum):
    picture, model = stored((3, 4, 3)), info((3, 4, 3), dtype, maximum)
    raw = from_bytes(picture, model)
    # Floats of a model of integers are shares of the maximum.
    units = raw if np.dtype(dtype).kind == "f" or dtype == "uint8" else raw * maximum
    np.testing.assert_array_equal(to_bytes(units, model), picture)


def test_other_colour_channels():
    two, five = stored((2, 2, 2)), stored((2, 2, 5))
    np.testing.assert_allclose(to_bytes(two, info((2, 2, 2)))[..., 0], two.astype(float).mean(-1), atol=0.51)
    np.testing.assert_array_equal(to_bytes(five, info((2, 2, 5))), five[..., :3])
    assert colour_note((2, 2, 3)) is None
    assert "first three of 5" in colour_note((2, 2, 5))


def test_large_images_are_drawn_smaller():
    image = np.zeros((1, 2 * MAX_SIDE, 4, 3), np.uint8)
    assert cell_size(image.shape[1:]) == (MAX_SIDE, 2)
    assert pixels(draw_sheet(image, info(image.shape[1:]))).shape == (MAX_SIDE, 2, 3)


def test_features_are_no_pictures():
    assert has_pictures(info((8, 8, 1)))
    assert not has_pictures(info((8,)))
