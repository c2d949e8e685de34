"""Data `npy`: arrays that stay on disk, and the errors of arrays that cannot be used."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rcmvae_plugins.data import _labels as label_arrays
from rcmvae_plugins.data._assembly import encode
from rcmvae_plugins.data.npy import npy
from rcmvae_plugins.data.params import NpyParams

from rcmvae_core.data.cells import as_text, is_unlabelled
from rcmvae_core.data.dataset import dataset_violations
from rcmvae_core.errors import RcmvaeError

from .refusals import refused

RNG = np.random.default_rng(0)


@pytest.fixture
def save(tmp_path):
    """Arrays to files, and their paths by name."""

    def write(**arrays):
        for name, array in arrays.items():
            np.save(tmp_path / f"{name}.npy", array)
        return {name: str(tmp_path / f"{name}.npy") for name in arrays}

    return write


def rows(data, indices=None):
    indices = np.arange(data.inputs.shape[0]) if indices is None else np.array(indices)
    return data.inputs[indices]


# What is read


@pytest.mark.parametrize("shape", [(6, 5), (6, 5, 3)])
@pytest.mark.parametrize(
    ("dtype", "maximum"), [(np.uint8, 255.0), (np.float16, 1.0), (np.float32, 1.0), (float, 1.0)]
)
def test_images_stay_on_disk_in_their_type(save, shape, dtype, maximum):
    images = RNG.integers(0, 2, (20, *shape)).astype(dtype)
    data = npy(NpyParams(save(x=images)["x"]))
    assert isinstance(data.inputs, np.memmap)
    assert data.inputs.dtype == dtype
    assert data.inputs.shape == (20, 6, 5, shape[2] if len(shape) == 3 else 1)
    assert np.array_equal(rows(data).reshape(images.shape), images)
    assert (data.maximum, data.class_names) == (maximum, ())
    assert data.labels.tolist() == [-1] * 20
    assert sorted([*data.train, *data.test]) == list(range(20))
    assert len(data.test) == 4
    assert dataset_violations(data, ("data.image",)) == []


def test_features_with_labels_and_a_test_set(save):
    arrays = {"x": RNG.random((6, 3)), "t": RNG.random((4, 3))}
    paths = save(**arrays, y=np.array([7, 3, 7, -1, 3, 3]), u=np.array([5.0, np.nan, 3, 7]))
    data = npy(
        NpyParams(
            paths["x"],
            paths["y"],
            form="features",
            test_inputs=paths["t"],
            test_labels=paths["u"],
            maximum=2.0,
        )
    )
    assert np.array_equal(rows(data), np.concatenate(list(arrays.values())))
    assert np.array_equal(rows(data, [8, 0]), np.stack([arrays["t"][2], arrays["x"][0]]))
    assert data.labels.tolist() == [2, 0, 2, -1, 0, 0, 1, -1, 0, 2]
    assert data.class_names == ("3", "5", "7")
    assert (data.train.tolist(), data.test.tolist()) == (list(range(6)), list(range(6, 10)))
    assert data.maximum == 2.0
    assert dataset_violations(data, ("data.features", "data.labels")) == []


def test_without_test_labels_they_are_unknown(save):
    paths = save(x=np.zeros((3, 2)), y=np.array(["b", "a", "b"]), t=np.ones((2, 2)))
    data = npy(NpyParams(paths["x"], paths["y"], form="features", test_inputs=paths["t"]))
    assert data.labels.tolist() == [1, 0, 1, -1, -1]
    assert data.class_names == ("a", "b")


def test_names_of_classes_belong_to_numbers(save):
    paths = save(x=np.zeros((5, 2)), y=np.array([1, 0, -1, 1, 0]))
    data = npy(
        NpyParams(
            paths["x"], paths["y"], class_names=("cat", "ant", "eel"), form="features", test_fraction=0.4
        )
    )
    assert data.class_names == ("cat", "ant", "eel")
    assert data.labels.tolist() == [1, 0, -1, 1, 0]


def test_files_of_a_pattern_are_one_array_in_the_order_of_their_names(save, tmp_path):
    images = RNG.integers(0, 256, (9, 4, 4), np.uint8)
    save(**{"x-2": images[7:], "x-0": images[:3], "x-1": images[3:7]})
    save(**{"y-1": np.array(["b"] * 5), "y-0": np.array(["long", "", "a", "b"])})
    params = NpyParams(f"{tmp_path}/x-*.npy", f"{tmp_path}/y-*.npy")
    data = npy(params)
    assert np.array_equal(rows(data)[..., 0], images)
    assert data.class_names == ("a", "b", "long")
    assert data.labels.tolist() == [2, -1, 0, 1, 1, 1, 1, 1, 1]
    again = npy(params)
    assert np.array_equal(rows(again), rows(data))
    assert all(np.array_equal(a, b) for a, b in zip(data[1:4], again[1:4], strict=True))


def test_raw_idx_files_are_read(tmp_path):
    images, labels = RNG.integers(0, 256, (10, 5, 4), np.uint8), np.arange(10, dtype=np.uint8) % 2
    for name, array in (("x", images), ("y", labels)):
        header = struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
        (tmp_path / name).write_bytes(header + array.tobytes())
    data = npy(NpyParams(str(tmp_path / "x"), str(tmp_path / "y")))
    assert isinstance(data.inputs, np.memmap)
    assert np.array_equal(rows(data)[..., 0], images)
    assert data.labels.tolist() == labels.tolist()


def test_arrays_in_the_order_of_fortran_are_the_same_arrays(save):
    array = RNG.random((6, 4))
    data = npy(NpyParams(save(x=np.asfortranarray(array))["x"], form="features"))
    assert np.array_equal(rows(data, [5, 1, 1]), array[[5, 1, 1]])


# Labels


@given(
    st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=3)), min_size=1)
)
def test_labels_of_several_arrays_are_numbered_together(parts):
    columns = [label_arrays.read("here", "the array", np.array(part, dtype="U3")) for part in parts]
    labels, names = label_arrays.number_classes(columns)
    words = [str(word) for part in parts for word in np.array(part, "U3")]
    expected = encode(["" if is_unlabelled(word) else as_text(word) for word in words])
    assert labels.tolist() == expected[0].tolist()
    assert names == expected[1]


@given(st.lists(st.lists(st.integers(-1, 4)), min_size=1), st.sampled_from([np.int8, np.int64, float]))
def test_numbers_are_classes_of_their_own_or_by_name(parts, dtype):
    flat = [value for part in parts for value in part]
    arrays = [np.array(part, dtype) for part in parts]
    plain, names = label_arrays.number_classes([label_arrays.read("here", "it", array) for array in arrays])
    assert [int(names[label]) if label >= 0 else -1 for label in plain] == flat
    assert list(names) == sorted({str(value) for value in flat if value >= 0})
    given_names = tuple("abcde")
    named = label_arrays.number_classes(
        [label_arrays.read("here", "it", a, given_names) for a in arrays], given_names
    )
    assert (named[0].tolist(), named[1]) == (flat, given_names)


# What does not fit


@pytest.mark.parametrize(
    ("arrays", "params", "messages"),
    [
        ({"x": np.ones((4, 2))}, {}, ["the array has shape (4, 2)", 'form = "image"` needs [N, H, W]']),
        ({"x": np.ones((4, 2, 2))}, {"form": "features"}, ["shape (4, 2, 2)", "[N, F]"]),
        ({"x": np.ones((4, 2, 2), bool)}, {}, ["got bool"]),
        (
            {"x": np.ones((4, 2, 2), np.int64)},
            {},
            ["has type <i8", "as one of uint8, uint16, float16, float32, float64"],
        ),
        ({"x": np.ones((4, 2, 2), ">f4")}, {}, ["has type >f4", "byte order"]),
        ({"x": np.ones((4, 2, 2), np.longdouble)}, {}, ["has type <f16"]),
        (
            {"x": np.ones((4, 2, 2)), "t": np.ones((4, 2, 3))},
            {"test_inputs": "t"},
            ["t.npy`: an input is (2, 3, 1) of float64, but (2, 2, 1) of float64 in the first file"],
        ),
        (
            {"x": np.ones((4, 2, 2)), "t": np.ones((4, 2, 2), np.uint8)},
            {"test_inputs": "t"},
            ["t.npy`: an input is (2, 2, 1) of uint8"],
        ),
        (
            {"x": np.ones((4, 2, 2)), "y": np.zeros(3, int)},
            {"labels": "y"},
            ["has 3 labels, but there are 4 inputs"],
        ),
        (
            {"x": np.ones((4, 2, 2)), "y": np.zeros(4, int), "t": np.ones((3, 2, 2)), "u": np.zeros(4, int)},
            {"labels": "y", "test_inputs": "t", "test_labels": "u"},
            ["u.npy`: has 4 labels, but there are 3 inputs"],
        ),
        ({"x": np.ones((4, 2, 2)), "y": np.zeros((4, 2), int)}, {"labels": "y"}, ["has shape (4, 2)"]),
        (
            {"x": np.ones((2, 2, 2)), "y": np.array([0, -2])},
            {"labels": "y"},
            ["label -2", "-1 if it is unknown"],
        ),
        ({"x": np.ones((2, 2, 2)), "y": np.array([0.5, 1])}, {"labels": "y"}, ["which is no label"]),
        (
            {"x": np.ones((2, 2, 2)), "y": np.array([2, 0])},
            {"labels": "y", "class_names": ("a", "b")},
            ["contains label 2, but `class_names` has 2 names"],
        ),
        (
            {"x": np.ones((2, 2, 2)), "y": np.array(["b", "a"])},
            {"labels": "y", "class_names": ("a", "b")},
            ["already name the classes", "remove `class_names`"],
        ),
    ],
)
def test_what_does_not_fit_is_told(save, arrays, params, messages):
    paths = save(**arrays)
    named = {
        key: paths.get(value, value) if isinstance(value, str) else value for key, value in params.items()
    }
    text = refused(npy, NpyParams(paths["x"], **named))
    assert all(message in text for message in messages), text


def test_the_faults_of_all_files_are_told_together(save, tmp_path):
    paths = save(x=np.array([{}], object), y=np.zeros(3))
    (tmp_path / "y.npy").write_bytes((tmp_path / "y.npy").read_bytes()[:-1])
    with pytest.raises(RcmvaeError) as caught:
        npy(NpyParams(paths["x"], paths["y"], test_inputs=str(tmp_path / "none.npy")))
    errors = [(d.code, d.message.split("/")[-1]) for d in caught.value.diagnostics]
    assert [code for code, _ in errors] == ["E306", "E306", "E305"]
    assert "Python objects" in errors[0][1]
    assert "it declares the shape (3,)" in errors[1][1]
    assert errors[2][1] == "none.npy` does not exist"
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"test_inputs": "t", "test_fraction": 0.1}, "`test_inputs` names test data"),
        ({"test_labels": "t"}, "`test_labels` needs"),
        ({"test_labels": "t", "test_inputs": "u"}, "`test_labels` needs"),
        ({"test_labels": "t", "labels": "u"}, "`test_labels` needs"),
        ({"class_names": ("a",)}, "`class_names` needs `labels`"),
        ({"class_names": ("a", "a"), "labels": "y"}, "must not contain a name twice"),
    ],
)
def test_parameters_that_exclude_each_other(arguments, message):
    with pytest.raises(ValueError, match=message):
        NpyParams("x.npy", **arguments)


@pytest.mark.parametrize(
    ("arguments", "tokens"),
    [
        ({}, {"data.image"}),
        ({"form": "features"}, {"data.features"}),
        ({"labels": "y"}, {"data.image", "data.labels"}),
    ],
)
def test_parameters_say_what_the_files_hold(arguments, tokens):
    assert set(NpyParams("x.npy", **arguments).capabilities().provides) == tokens
