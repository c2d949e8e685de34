"""Data of a person's own: arrays, images and tables, and what is said when they do not fit."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from rcmvae_plugins.data.assembly import encode
from rcmvae_plugins.data.image_folder import image_folder
from rcmvae_plugins.data.npz import npz
from rcmvae_plugins.data.params import ImageFolderParams, NpzParams, TableParams
from rcmvae_plugins.data.table import table

from rcmvae_core.errors import RcmvaeError

SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
RNG = np.random.default_rng(0)


def refused(load, params, *, code="E306") -> str:
    with pytest.raises(RcmvaeError) as caught:
        load(params)
    assert {diagnostic.code for diagnostic in caught.value.diagnostics} == {code}
    return "\n".join("\n".join((d.message, *d.help)) for d in caught.value.diagnostics)


def outcome(load, params) -> set[str]:
    try:
        load(params)
    except RcmvaeError as error:
        return {diagnostic.code for diagnostic in error.diagnostics}
    return set()


# Labels


@given(st.lists(st.text(max_size=3)))
def test_every_word_is_a_class_and_the_empty_one_is_unknown(words):
    labels, names = encode(words)
    assert ["" if label < 0 else names[label] for label in labels] == words
    assert set(names) == set(words) - {""}


def test_classes_stand_in_their_order():
    assert encode(["b", "10", "a"])[1] == ("10", "a", "b")
    assert encode(["10", "9", "-3"])[1] == ("-3", "9", "10")


# npz


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
        (np.arange(12).reshape(6, 2), np.uint8, 255.0),
        (1000 * np.arange(12).reshape(6, 2), np.float32, 255.0),
        (-np.arange(12).reshape(6, 2), np.float32, 255.0),
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
    ("arrays", "params", "said"),
    [
        ({"x": np.ones((4, 2))}, {}, ["shape (4, 2)", 'form = "image"` needs [N, H, W]']),
        ({"x": np.ones((4, 2, 2))}, {"form": "features"}, ["shape (4, 2, 2)", "[N, F]"]),
        ({"x": np.ones((0, 2))}, {"form": "features"}, ["shape (0, 2)"]),
        ({"x": np.ones((4, 2), complex)}, {"form": "features"}, ["complex128"]),
        ({"x": np.ones((4, 2), bool)}, {"form": "features"}, ["of bool"]),
        ({"z": np.ones(2), "w": np.ones(2)}, {"labels": "y"}, ["`x`", "`y`", "it has `z`, `w`"]),
        ({"x": np.ones((4, 2)), "y": np.zeros(3, int)}, {"form": "features", "labels": "y"}, ["4 inputs"]),
        (
            {"x": np.ones((2, 2)), "y": np.array([0, -2])},
            {"form": "features", "labels": "y"},
            ["-1 for unknown"],
        ),
        (
            {"x": np.ones((2, 2)), "y": np.array([0.5, 1])},
            {"form": "features", "labels": "y"},
            ["no classes"],
        ),
        ({"x": np.ones((2, 2)), "y": np.array([1j, 1])}, {"form": "features", "labels": "y"}, ["no classes"]),
        (
            {"x": np.ones((2, 2)), "y": np.array([np.inf, 1])},
            {"form": "features", "labels": "y"},
            ["no classes"],
        ),
        (
            {"x": np.ones((4, 2)), "t": np.ones((4, 3))},
            {"form": "features", "test_inputs": "t"},
            ["(2,) and (3,)"],
        ),
    ],
)
def test_npz_says_what_does_not_fit(save, arrays, params, said):
    text = refused(npz, NpzParams(save(**arrays), **params))
    assert all(words in text for words in said), text


def test_npz_never_unpickles(save):
    assert "cannot be read" in refused(npz, NpzParams(save(x=np.array([{}, {}]))))


def test_npz_needs_the_file(tmp_path):
    text = refused(npz, NpzParams(str(tmp_path / "none.npz")), code="E305")
    assert "there is no file" in text


def test_npz_is_no_npy(tmp_path):
    np.save(tmp_path / "one.npy", np.ones(3))
    assert "numpy.savez" in refused(npz, NpzParams(str(tmp_path / "one.npy")))


@SHARED
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


# image_folder


def paint(path, color, mode="RGB", size=(8, 4)):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB", size, color).quantize(4) if mode == "P" else Image.new(mode, size, color)
    image.save(path)


@pytest.fixture
def pictures(tmp_path):
    """Ten images of each of three classes, all of one brightness a class."""
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
    assert "more than 8 bits" in text
    assert "and 2 more like these" in text


def test_images_beside_the_classes_are_not_passed_over(pictures):
    paint(pictures / "beside.png", (0, 0, 0))
    text = refused(image_folder, ImageFolderParams(str(pictures), size=(4, 8)))
    assert "`beside.png` (1 in all)" in text
    assert "labelled = false" in text


def test_a_folder_without_images(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        assert "there is no" in refused(
            image_folder, ImageFolderParams(str(folder), size=(4, 8)), code="E305"
        )


# table


@pytest.fixture
def sheet(tmp_path):
    def write(rows, name="rows.csv"):
        with (tmp_path / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
        return str(tmp_path / name)

    return write


def test_features_are_scaled_by_the_rows_that_are_not_for_the_test(sheet):
    rows = [(i, 10 * i - 50, 3, f"id{i}", "cat" if i % 2 else "ant") for i in range(20)]
    path = sheet([("a", "b", "same", "name", "kind"), *rows])
    data = table(TableParams(path, label="kind", ignore=("name",), test_fraction=0.5))
    assert data.inputs.shape == (20, 3)
    assert data.inputs.dtype == np.float32
    assert data.class_names == ("ant", "cat")
    assert data.labels.tolist() == [i % 2 for i in range(20)]
    train, plain = data.train, np.arange(20.0)
    expected = np.clip((plain - train.min()) / (train.max() - train.min()), 0, 1)
    assert np.allclose(data.inputs[:, 0], expected)
    assert np.allclose(data.inputs[:, 1], expected)
    assert (data.inputs[:, 2] == 0).all()


def test_a_test_file_is_scaled_alike_and_clipped(sheet):
    path = sheet([("a", "b", "y"), (0, 5, "p"), (10, 6, "q")])
    tests = sheet([("y", "b", "a"), ("r", 5.5, -3), ("", 6, 5), ("p", 99, 11)], "tests.csv")
    data = table(TableParams(path, label="y", test_path=tests))
    assert data.inputs.tolist() == [[0, 0], [1, 1], [0, 0.5], [0.5, 1], [1, 1]]
    assert data.labels.tolist() == [0, 1, 2, -1, 0]
    assert (data.train.tolist(), data.test.tolist()) == ([0, 1], [2, 3, 4])


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@SHARED
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=3, max_size=12))
def test_whatever_the_numbers_features_lie_in_the_unit_interval(sheet, rows):
    data = table(TableParams(sheet([("a", "b"), *rows]), test_fraction=0.4))
    assert ((data.inputs >= 0) & (data.inputs <= 1)).all()


def test_a_file_of_windows_is_read(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes("\ufeffa , y\r\n1,x\r\n\r\n2,\r\n3,x\r\n".encode())
    data = table(TableParams(str(path), label="y"))
    assert data.class_names == ("x",)
    assert data.labels.tolist() == [0, -1, 0]


@pytest.mark.parametrize(
    ("rows", "params", "said"),
    [
        ([("a", "b"), (1, 2), (1, ""), ("x", "nan"), (1,), ("inf", 2)], {},
         ["line 3, column `b`, has no value", "line 4, column `a`, is `x`, no number", "line 4, column `b`, has no",
          "line 5 has 1 cells, not 2", "line 6, column `a`, is not finite"]),
        ([("a", "a"), (1, 2)], {}, ["has column `a` twice"]),
        ([("a", "b"), (1, 2)], {"label": "y", "ignore": ("z",)}, ["no column `y`", "no column `z`", "`a`, `b`"]),
        ([("y",), (1,)], {"label": "y"}, ["has no features"]),
        ([("a",)], {}, ["has no rows"]),
        ([], {}, ["has no features"]),
    ],
)  # fmt: skip
def test_every_fault_of_a_table_is_told_with_its_line(sheet, rows, params, said):
    text = refused(table, TableParams(sheet(rows), **params))
    assert all(words in text for words in said), text


def test_a_test_file_needs_the_columns(sheet):
    path = sheet([("a", "b"), (1, 2), (2, 3)])
    tests = sheet([("a",), (1,)], "tests.csv")
    assert "tests.csv`: has no column `b`" in refused(table, TableParams(path, test_path=tests))


@pytest.mark.parametrize("content", [b"a,b\n1,\xff\n", b'a,b\n1,"2\n', b"\xff\xfea\x00"])
def test_what_is_no_csv_is_refused(tmp_path, content):
    (tmp_path / "rows.csv").write_bytes(content)
    assert "cannot be read" in refused(table, TableParams(str(tmp_path / "rows.csv")))


@SHARED
@given(st.binary(max_size=60))
def test_no_bytes_end_in_a_traceback(tmp_path, content):
    (tmp_path / "rows.csv").write_bytes(content)
    with pytest.raises(RcmvaeError):
        table(TableParams(str(tmp_path / "rows.csv"), label="y"))


def test_a_table_needs_the_file(tmp_path):
    assert "no file" in refused(table, TableParams(str(tmp_path / "none.csv")), code="E305")


@pytest.mark.parametrize(
    ("params", "arguments"),
    [
        (TableParams, {"test_path": "b.csv", "test_fraction": 0.1}),
        (TableParams, {"label": "y", "ignore": ("y",)}),
        (ImageFolderParams, {"size": (2, 2), "test_path": "b", "test_fraction": 0.1}),
    ],
)
def test_parameters_that_exclude_each_other(params, arguments):
    with pytest.raises(ValueError, match=r"`test_path`|`ignore`"):
        params("a", **arguments)
