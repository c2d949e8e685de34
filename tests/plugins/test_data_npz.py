"""Data `npz`: arrays, and the errors of arrays that cannot be used."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rcmvae_plugins.data.npz import npz
from rcmvae_plugins.data.params import NpzParams

from .refusals import outcome, refused

RNG = np.random.default_rng(0)


@pytest.fixture
def save(tmp_path):
    def write(**arrays):
        np.savez_compressed(tmp_path / "data.npz", **arrays)
        return str(tmp_path / "data.npz")

    return write


@pytest.mark.parametrize("shape", [(6, 5), (6, 5, 3)])
def test_npz_images_get_a_channel_if_they_have_none(save, shape):
    images = RNG.integers(0, 256, (20, *shape), np.uint8)
    data = npz(NpzParams(save(x=images)))
    assert data.inputs.shape == (20, 6, 5, shape[2] if len(shape) == 3 else 1)
    assert data.inputs.dtype == np.uint8
    assert np.array_equal(data.inputs.reshape(images.shape), images)
    assert data.maximum == 255.0
    assert data.labels.tolist() == [-1] * 20
    assert data.class_names == ()
    assert sorted([*data.train, *data.test]) == list(range(20))
    assert len(data.test) == 4


@pytest.mark.parametrize(
    ("array", "dtype", "maximum"),
    [
        (np.linspace(0, 1, 12).reshape(6, 2), np.float32, 1.0),
        (np.arange(12, dtype=np.uint8).reshape(6, 2), np.uint8, 255.0),
        (np.arange(12).reshape(6, 2), np.float32, 1.0),
        (1000 * np.arange(12).reshape(6, 2), np.float32, 1.0),
        (-np.arange(12).reshape(6, 2), np.float32, 1.0),
    ],
)
def test_npz_values_are_kept(save, array, dtype, maximum):
    data = npz(NpzParams(save(x=array), form="features"))
    assert data.inputs.dtype == dtype
    assert np.allclose(data.inputs, array)
    assert data.maximum == maximum


def test_npz_maximum_is_what_the_spec_says(save):
    assert npz(NpzParams(save(x=np.ones((4, 2))), form="features", maximum=16.0)).maximum == 16.0


@pytest.mark.parametrize(
    ("labels", "expected", "names"),
    [
        (np.array([3, 7, 3, -1]), [0, 1, 0, -1], ("3", "7")),
        (np.array([0.0, np.nan, 1.0, 0.0]), [0, -1, 1, 0], ("0", "1")),
        (np.array(["cat", "", "ant", "cat"]), [1, -1, 0, 1], ("ant", "cat")),
        (np.array([0, 1, 2, 255], np.uint8), [0, 1, 2, 3], ("0", "1", "2", "255")),
    ],
)
def test_npz_labels_become_classes(save, labels, expected, names):
    data = npz(NpzParams(save(x=np.ones((4, 2)), y=labels), form="features", labels="y", test_fraction=0.5))
    assert data.labels.tolist() == expected
    assert data.class_names == names


def test_npz_test_arrays_share_the_classes(save):
    arrays = {
        "a": np.zeros((3, 2)),
        "b": np.ones((2, 2)),
        "c": np.array(["x", "y", "x"]),
        "d": np.array(["z", "x"]),
    }
    params = NpzParams(
        save(**arrays), form="features", inputs="a", test_inputs="b", labels="c", test_labels="d"
    )
    data = npz(params)
    assert (data.train.tolist(), data.test.tolist()) == ([0, 1, 2], [3, 4])
    assert data.labels.tolist() == [0, 1, 0, 2, 0]
    assert data.inputs[:, 0].tolist() == [0, 0, 0, 1, 1]
    unknown = npz(NpzParams(params.path, form="features", inputs="a", test_inputs="b", labels="c"))
    assert unknown.labels.tolist() == [0, 1, 0, -1, -1]


@pytest.mark.parametrize(
    ("arrays", "params", "messages"),
    [
        ({"x": np.ones((4, 2))}, {}, ["shape (4, 2)", 'form = "image"` needs [N, H, W]']),
        ({"x": np.ones((4, 2, 2))}, {"form": "features"}, ["shape (4, 2, 2)", "[N, F]"]),
        ({"x": np.ones((0, 2))}, {"form": "features"}, ["shape (0, 2)"]),
        ({"x": np.ones((4, 2), complex)}, {"form": "features"}, ["complex128"]),
        ({"x": np.ones((4, 2), bool)}, {"form": "features"}, ["got bool"]),
        ({"z": np.ones(2), "w": np.ones(2)}, {"labels": "y"}, ["`x`", "`y`", "its arrays: `z`, `w`"]),
        ({"x": np.ones((4, 2)), "y": np.zeros(3, int)}, {"form": "features", "labels": "y"}, ["4 inputs"]),
        (
            {"x": np.ones((2, 2)), "y": np.array([0, -2])},
            {"form": "features", "labels": "y"},
            ["label -2", "-1 if it is unknown"],
        ),
        (
            {"x": np.ones((2, 2)), "y": np.array([0.5, 1])},
            {"form": "features", "labels": "y"},
            ["which is no label", "-1 for unknown"],
        ),
        (
            {"x": np.ones((2, 2)), "y": np.array([1j, 1])},
            {"form": "features", "labels": "y"},
            ["which is no label", "-1 for unknown"],
        ),
        (
            {"x": np.ones((2, 2)), "y": np.array([np.inf, 1])},
            {"form": "features", "labels": "y"},
            ["which is no label", "-1 for unknown"],
        ),
        (
            {"x": np.ones((4, 2)), "t": np.ones((4, 3))},
            {"form": "features", "test_inputs": "t"},
            ["(2,) and (3,)"],
        ),
    ],
)
def test_npz_says_what_does_not_fit(save, arrays, params, messages):
    text = refused(npz, NpzParams(save(**arrays), **params))
    assert all(message in text for message in messages), text


def test_npz_never_unpickles(save):
    assert "cannot be read" in refused(npz, NpzParams(save(x=np.array([{}, {}]))))


def test_npz_needs_the_file(tmp_path):
    text = refused(npz, NpzParams(str(tmp_path / "none.npz")), code="E305")
    assert "does not exist" in text


def test_npz_is_no_npy(tmp_path):
    np.save(tmp_path / "one.npy", np.ones(3))
    assert "numpy.savez" in refused(npz, NpzParams(str(tmp_path / "one.npy")))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_npz_never_ends_in_a_traceback(tmp_path, data):
    file = io.BytesIO()
    np.savez_compressed(file, x=np.arange(24).reshape(6, 2, 2))
    content = bytearray(file.getvalue())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.npz"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    assert outcome(npz, NpzParams(str(path))) <= {"E306"}


@pytest.mark.parametrize(
    "arguments",
    [
        {"test_inputs": "t", "test_fraction": 0.1},
        {"test_labels": "t"},
        {"test_labels": "t", "test_inputs": "u"},
        {"test_labels": "t", "labels": "u"},
    ],
)
def test_npz_parameters_that_exclude_each_other(arguments):
    with pytest.raises(ValueError, match="test_"):
        NpzParams("data.npz", **arguments)
