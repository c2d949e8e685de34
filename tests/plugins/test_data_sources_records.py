"""Data `array_record`: records that grain reads from ArrayRecord files."""

from __future__ import annotations

import io
import struct
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from array_record.python.array_record_module import ArrayRecordWriter
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from rcmvae_plugins.data._images import pixels
from rcmvae_plugins.data._tf_example import feature
from rcmvae_plugins.data.array_record import array_record
from rcmvae_plugins.data.params import ArrayRecordParams

from rcmvae_core.data.dataset import dataset_violations
from rcmvae_core.errors import RcmvaeError, RunError

from .refusals import refused

RNG = np.random.default_rng(0)


# An encoder of tf.train.Example of its own, by the wire format of protocol buffers.


def varint(value: int) -> bytes:
    value %= 2**64
    out = bytearray()
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes([*out, value])


def message(number: int, content: bytes) -> bytes:
    return varint(8 * number + 2) + varint(len(content)) + content


def values(value) -> bytes:
    """A feature: bytes, a list of floats, or an integer (a list of them unpacked)."""
    if isinstance(value, bytes):
        return message(1, message(1, value))
    if isinstance(value, int):
        return message(3, message(1, varint(value)))
    if value and isinstance(value[0], int):
        return message(3, b"".join(b"\x08" + varint(item) for item in value))
    return message(2, message(1, struct.pack(f"<{len(value)}f", *value)))


def example(**features) -> bytes:
    entries = (message(1, name.encode()) + message(2, values(value)) for name, value in features.items())
    return message(1, b"".join(message(1, entry) for entry in entries))


@pytest.fixture
def write(tmp_path):
    def records(name: str, contents) -> str:
        writer = ArrayRecordWriter(str(tmp_path / name), "group_size:1")
        for content in contents:
            writer.write(content)
        writer.close()
        return str(tmp_path / name)

    return records


def png(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG")
    return file.getvalue()


# Records


@given(
    st.binary(),
    st.lists(st.floats(width=32, allow_nan=False), min_size=1),
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1),
)
def test_what_is_written_is_parsed(text, floats, integers):
    record = example(a=text, b=floats, c=integers, d=integers[0])
    assert list(feature(record, "a")) == [text]
    assert list(feature(record, "b")) == floats
    assert list(feature(record, "c")) == integers
    assert list(feature(record, "d")) == integers[:1]


@given(st.binary(max_size=40))
def test_no_bytes_are_more_than_refused(content):
    with pytest.raises(ValueError, match=r"not a tf.train.Example|no feature `image`"):
        feature(content, "image")


# Data


def test_images_and_labels_of_several_files(write, tmp_path):
    pictures = RNG.integers(0, 256, (7, 6, 5, 3), np.uint8)
    records = [example(image=png(p), label=int(i % 3) - 1) for i, p in enumerate(pictures)]
    write("x-1", records[4:])
    write("x-0", records[:4])
    params = ArrayRecordParams(
        f"{tmp_path}/x-*", label="label", class_names=("cat", "ant"), size=(4, 3), mode="color"
    )
    data = array_record(params)
    expected = np.stack([pixels(io.BytesIO(png(p)), (4, 3), "color") for p in pictures])
    assert data.inputs.shape == (7, 4, 3, 3)
    assert np.array_equal(data.inputs[np.array([6, 0, 3, 3])], expected[[6, 0, 3, 3]])
    assert data.labels.tolist() == [-1, 0, 1, -1, 0, 1, -1]
    assert (data.class_names, data.maximum) == (("cat", "ant"), 255.0)
    assert sorted([*data.train, *data.test]) == list(range(7))
    assert dataset_violations(data, ("data.image", "data.labels")) == []
    again = array_record(params)
    assert again.inputs[np.arange(7)].tobytes() == data.inputs[np.arange(7)].tobytes()
    assert array_record(ArrayRecordParams(f"{tmp_path}/x-*", size=(4, 3))).inputs.shape == (7, 4, 3, 1)


def test_rows_of_numbers_and_a_test_set(write):
    array = RNG.random((9, 4)).astype(np.float32)
    train = write(
        "train", [example(x=row.tolist(), y=b"ba"[i % 2 : i % 2 + 1]) for i, row in enumerate(array[:6])]
    )
    test = write("test", [example(x=row.tolist(), y=b"") for row in array[6:]])
    data = array_record(ArrayRecordParams(train, input="x", label="y", test_path=test, maximum=2.0))
    assert data.inputs.dtype == np.float32
    assert np.array_equal(data.inputs[np.arange(9)], array)
    assert data.labels.tolist() == [1, 0, 1, 0, 1, 0, -1, -1, -1]
    assert data.class_names == ("a", "b")
    assert (data.train.tolist(), data.test.tolist()) == (list(range(6)), [6, 7, 8])
    assert data.maximum == 2.0
    assert dataset_violations(data, ("data.features",)) == []


def test_integers_are_numbers_too(write):
    data = array_record(ArrayRecordParams(write("x", [example(x=[i, 1, 0]) for i in (0, 1, 1)]), input="x"))
    assert data.inputs[np.array([2, 0])].tolist() == [[1, 1, 0], [0, 1, 0]]
    assert data.labels.tolist() == [-1] * 3


def test_several_threads_may_ask_at_once(write):
    array = RNG.random((200, 30)).astype(np.float32)
    path = write("x", [example(x=row.tolist()) for row in array])
    source = array_record(ArrayRecordParams(path, input="x")).inputs
    orders = RNG.integers(0, 200, (64, 20))
    with ThreadPoolExecutor(8) as pool:
        for order, rows in zip(orders, pool.map(source.__getitem__, orders), strict=True):
            assert np.array_equal(rows, array[order])


# What does not fit


@pytest.mark.parametrize(
    ("records", "params", "messages"),
    [
        ([example(y=3)], {}, ["record 0 cannot be read", "no feature `x`; its features: `y`"]),
        ([example()], {}, ["its features: none"]),
        ([b"\xff" * 30], {}, ["it is not a tf.train.Example"]),
        ([example(x=b"abc")], {}, ["feature `x` contains no numbers; set `size` for images"]),
        ([example(x=[])], {}, ["feature `x` contains no numbers"]),
        ([], {}, ["contains no records"]),
        (
            [example(x=[1.0])],
            {"label": "y"},
            ["record 0 has no label: it has no feature `y`; its features: `x`"],
        ),
        (
            [example(x=[1.0], y=2), example(x=[1.0], y=[2.0])],
            {"label": "y"},
            ["record 1 has no label: feature `y`"],
        ),
        ([example(x=[1.0], y=[1, 2])], {"label": "y"}, ["must be one string or one integer"]),
        ([example(x=[1.0], y=b"\xff")], {"label": "y"}, ["record 0 has no label: 'utf-8'"]),
        ([example(x=[1.0], y=b"a"), example(x=[1.0], y=1)], {"label": "y"}, ["a string in some records"]),
        (
            [example(x=[1.0], y=-2)],
            {"label": "y"},
            ["feature `y` contains label -2", "-1 if it is unknown"],
        ),
        (
            [example(x=[1.0], y=1)],
            {"label": "y", "class_names": ("a",)},
            ["contains label 1, but `class_names` has 1"],
        ),
    ],
)
def test_what_does_not_fit_is_told(write, records, params, messages):
    text = refused(array_record, ArrayRecordParams(write("x", records), input="x", **params))
    assert all(message in text for message in messages), text


@pytest.mark.parametrize(
    ("record", "params", "message"),
    [
        (example(x=[1.0, 2.0, 3.0]), {}, r"record 1 cannot be read: it has shape \(3,\)"),
        (example(x=b"no image"), {"size": (2, 2)}, "record 1 cannot be read: cannot identify"),
        (example(x=[1.0]), {"size": (2, 2)}, "feature `x` is not an image; remove `size` for numbers"),
        (example(z=[1.0]), {}, "record 1 cannot be read: it has no feature `x`"),
    ],
)
def test_a_record_that_is_broken_is_named_when_it_is_used(write, record, params, message):
    first = example(x=png(np.zeros((2, 2), np.uint8))) if params else example(x=[0.5, 0.5])
    path = write("x", [first, record, first])
    source = array_record(ArrayRecordParams(path, input="x", **params)).inputs
    assert len(source[np.array([2, 0])]) == 2
    with pytest.raises(RunError, match=message) as caught:
        source[np.arange(3)]
    assert [d.code for d in caught.value.diagnostics] == ["E306"]
    assert f"`{path}`" in caught.value.diagnostics[0].message


def test_a_damaged_file_is_named(write):
    path = write("x", [example(x=RNG.random(2000).tolist()) for _ in range(100)])
    file = Path(path)
    original = file.read_bytes()
    for content in (b"", b"no records" * 10_000, original[: len(original) // 2]):
        file.write_bytes(content)
        assert "cannot be read" in refused(array_record, ArrayRecordParams(path, input="x"))
    spoilt = bytearray(original)
    for position in range(len(original) // 3, len(original) // 2):
        spoilt[position] ^= 255
    file.write_bytes(spoilt)
    source = array_record(ArrayRecordParams(path, input="x")).inputs
    with pytest.raises(RunError, match=r"`: record \d+ cannot be read"):
        source[np.arange(100)]


def test_there_must_be_files(tmp_path):
    text = refused(array_record, ArrayRecordParams(str(tmp_path / "none-*"), input="x"), code="E305")
    assert "data `array_record`: file `" in text


def test_without_grain_it_says_what_to_install(write, monkeypatch):
    path = write("x", [example(x=[1.0])])
    monkeypatch.setitem(sys.modules, "grain.sources", None)
    with pytest.raises(RcmvaeError, match="needs the package `grain`") as caught:
        array_record(ArrayRecordParams(path, input="x"))
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, caught.value.exit_code) == ("E305", 2)
    assert diagnostic.help == ("install it: pip install 'rcmvae[grain]'",)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mode": "color"}, "`mode` applies to images"),
        ({"size": (2, 2), "maximum": 2.0}, "`maximum` applies to lists"),
        ({"test_path": "b", "test_fraction": 0.1}, "`test_path` names"),
        ({"class_names": ("a",)}, "`class_names` needs `label`"),
    ],
)
def test_parameters_that_exclude_each_other(arguments, message):
    with pytest.raises(ValueError, match=message):
        ArrayRecordParams("x", **arguments)


@pytest.mark.parametrize(
    ("arguments", "tokens"),
    [
        ({}, {"data.features"}),
        ({"size": (2, 2)}, {"data.image"}),
        ({"size": (2, 2), "label": "y"}, {"data.image", "data.labels"}),
    ],
)
def test_parameters_say_what_the_records_hold(arguments, tokens):
    assert set(ArrayRecordParams("x", **arguments).capabilities().provides) == tokens
