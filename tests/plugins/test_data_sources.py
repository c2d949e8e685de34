"""Inputs that are not in memory: joined sources, rows decoded on use, and memory-mapped arrays."""

from __future__ import annotations

import gzip
import io
import struct
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from rcmvae_plugins.data._files import mapped, matching
from rcmvae_plugins.data._sources import Decoded, Joined, join

from rcmvae_core.errors import RcmvaeError, RunError
from rcmvae_core.plugin.protocols import Source

from .refusals import outcome, refused

SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
RNG = np.random.default_rng(0)


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def npy(array, **options) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


# Several as one


@st.composite
def parts(draw):
    """Arrays of one type and row shape, some without rows; and rows of all of them, in any order."""
    dtype = draw(st.sampled_from([np.uint8, np.float32, np.float64]))
    row = draw(hnp.array_shapes(min_dims=1, max_dims=2, max_side=3))
    counts = draw(st.lists(st.integers(0, 5), min_size=1, max_size=5).filter(any))
    arrays = [RNG.integers(0, 256, (count, *row)).astype(dtype) for count in counts]
    return arrays, draw(st.lists(st.integers(0, sum(counts) - 1), max_size=20))


@given(parts(), st.sampled_from([np.int32, np.int64]))
def test_joined_sources_are_their_concatenation(drawn, dtype):
    arrays, order = drawn
    joined, expected, indices = Joined(arrays), np.concatenate(arrays), np.array(order, dtype)
    assert isinstance(joined, Source)
    assert (joined.shape, joined.dtype) == (expected.shape, expected.dtype)
    rows = joined[indices]
    assert rows.dtype == expected.dtype
    assert np.array_equal(rows, expected[indices])
    assert np.array_equal(join(arrays), expected)


@given(parts())
def test_joined_sources_can_be_joined_again(drawn):
    arrays, order = drawn
    twice = Joined([Joined(arrays), arrays[0], Joined(arrays[::-1])])
    expected = np.concatenate([*arrays, arrays[0], *arrays[::-1]])
    indices = np.array([*order, len(expected) - 1], np.int64)
    assert np.array_equal(twice[indices], expected[indices])


@pytest.mark.parametrize("indices", [[-1], [5], [0, 5], [4, -6]])
def test_there_are_no_other_rows(indices):
    decoded = Decoded("here", (5, 2), np.dtype(float), lambda i: np.full(2, float(i)), str)
    for source in (Joined([np.zeros((2, 3)), np.zeros((3, 3))]), decoded):
        with pytest.raises(IndexError, match="indices must be from 0 to 4"):
            source[np.array(indices)]


@pytest.mark.parametrize(
    "sources",
    [
        [],
        [np.zeros((2, 3)), np.zeros((2, 4))],
        [np.zeros((2, 3)), np.zeros((2, 3), np.float32)],
        [np.zeros((2, 3)), np.zeros((2, 3, 1))],
    ],
)
def test_only_what_is_alike_can_be_joined(sources):
    with pytest.raises(ValueError, match="the same shape and type"):
        Joined(sources)


def test_what_is_in_memory_stays_an_array_and_what_is_on_disk_a_source(tmp_path):
    np.save(tmp_path / "a.npy", np.ones((2, 3)))
    disk, memory = mapped(tmp_path / "a.npy"), np.zeros((2, 3))
    assert join([disk]) is disk
    assert join([memory]) is memory
    assert type(join([memory, memory])) is np.ndarray
    for sources in ([disk, disk], [memory, disk], [disk, memory]):
        assert isinstance(join(sources), Joined)
        assert np.array_equal(join(sources)[np.arange(4)], np.concatenate(sources))


# Made when asked for


def test_rows_are_made_each_time_and_only_those_that_are_asked_for():
    decoded = []

    def decode(index):
        decoded.append(index)
        return np.array([index, index * index], np.uint8)

    source = Decoded("here", (10, 2), np.dtype(np.uint8), decode, str)
    assert isinstance(source, Source)
    assert source[np.array([7, 2, 7])].tolist() == [[7, 49], [2, 4], [7, 49]]
    assert decoded == [7, 2, 7]
    assert source[np.array([], int)].shape == (0, 2)


def test_every_row_that_cannot_be_made_is_named_once():
    def decode(index):
        if index % 2:
            raise OSError("it is\n odd")
        return np.zeros(1)

    source = Decoded("here", (40, 1), np.dtype(float), decode, lambda index: f"row {index}")
    with pytest.raises(RunError) as caught:
        source[np.array([4, 3, 1, 3])]
    errors = [(d.code, d.message) for d in caught.value.diagnostics]
    assert errors == [
        ("E306", "`here`: 2 rows cannot be read: it is odd: row 3, row 1"),
    ]
    with pytest.raises(RunError) as caught:
        source[np.arange(40)]
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message.startswith("`here`: 20 rows cannot be read: it is odd: row 1, row 3, ")
    assert diagnostic.message.endswith("row 19 and 10 more")


@pytest.mark.parametrize(
    "row", [np.zeros(2), np.zeros((1, 3)), np.zeros(()), np.zeros(3, np.float32)], ids=str
)
def test_a_row_is_never_cast_or_spread(row):
    source = Decoded("here", (4, 3), np.dtype(float), lambda _: row, str)
    with pytest.raises(RunError, match=r"expected \(3,\) of float64"):
        source[np.array([0])]


# Arrays on disk


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=5)))
def test_what_is_saved_is_mapped(tmp_path_factory, array):
    path = tmp_path_factory.getbasetemp() / "array"
    for content in (idx(array), npy(array)):
        path.write_bytes(content)
        actual = mapped(path)
        assert isinstance(actual, np.memmap)
        assert not actual.flags.writeable
        assert actual.dtype == np.uint8
        assert np.array_equal(actual, array)


def npz() -> bytes:
    file = io.BytesIO()
    np.savez(file, np.ones(3))
    return file.getvalue()


IMAGES = np.arange(60, dtype=np.uint8).reshape(3, 5, 4)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "neither a .npy nor an IDX"),
        (b"<html>404</html>", "neither a .npy nor an IDX"),
        (b"\x80\x04\x95", "neither a .npy nor an IDX"),
        (npy(np.array([{}, 3], object), allow_pickle=True), "cannot be read: it contains Python objects"),
        (
            npy(IMAGES)[:-1],
            "cannot be read: it declares the shape (3, 5, 4) of uint8, which needs 60 bytes, and has 59",
        ),
        (npy(IMAGES)[:100], "cannot be read"),
        (npy(IMAGES)[:7], "cannot be read"),
        (npy(IMAGES).replace(b"'|u1'", b"'|x1'"), "cannot be read"),
        (gzip.compress(idx(IMAGES), mtime=0), "decompress it with gunzip"),
        (gzip.compress(npy(IMAGES), mtime=0), "decompress it with gunzip"),
        (npz(), "use data `npz`"),
        (idx(IMAGES)[:-1], "has 59 bytes; its shape (3, 5, 4) needs 60"),
        (idx(IMAGES) + b"\0", "has more bytes"),
        (idx(IMAGES)[:9], "is not an IDX file"),
        (idx(IMAGES).replace(b"\x08\x03", b"\x0d\x03", 1), "is not an IDX file"),
        (idx(IMAGES[:0]), "declares the shape (0, 5, 4)"),
        (struct.pack(">4B3I", 0, 0, 8, 3, *[2**32 - 1] * 3), "has 0 bytes"),
    ],
)
def test_what_cannot_be_mapped_says_why(tmp_path, content, message):
    path = tmp_path / "array"
    path.write_bytes(content)
    assert message in refused(mapped, path)


@SHARED
@given(st.data())
def test_a_damaged_file_never_ends_in_a_traceback(tmp_path, data):
    """Whatever is still mapped can be read to its end."""
    content = bytearray(data.draw(st.sampled_from([npy(IMAGES), npy(np.ones((3, 2))), idx(IMAGES)])))
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, min(len(content) - 1, 140)))] = data.draw(st.integers(0, 255))
    path = tmp_path / "array"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    if outcome(mapped, path):
        assert outcome(mapped, path) == {"E306"}
    else:
        assert np.array(mapped(path)).tobytes() in bytes(content)


def test_a_folder_is_no_array(tmp_path):
    assert "cannot be read: it is a folder, not a file" in refused(mapped, tmp_path)


# Files by name


def test_files_of_a_pattern_stand_in_the_order_of_their_names(tmp_path, monkeypatch):
    for name in ("b-2", "b-10", "b-1", "c", "b[12]"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "b-folder").mkdir()

    def names(pattern):
        return [path.name for path in matching("npy", pattern)]

    assert names(f"{tmp_path}/b-*") == ["b-1", "b-10", "b-2"]
    assert names(f"{tmp_path}/b[12]") == ["b[12]"]
    assert names(f"{tmp_path}/b-?") == ["b-1", "b-2"]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert names("c") == names("~/c") == ["c"]
    assert "file `d*` does not exist" in refused(lambda p: matching("npy", p), "d*", code="E305")


# Several threads


def test_several_threads_may_ask_at_once(tmp_path):
    expected = RNG.integers(0, 256, (300, 50), np.uint8)
    np.save(tmp_path / "a.npy", expected[:100])
    (tmp_path / "b").write_bytes(idx(expected[100:200]))
    made = Decoded("here", (100, 50), expected.dtype, lambda index: expected[200 + index], str)
    source = Joined([mapped(tmp_path / "a.npy"), mapped(tmp_path / "b"), made])
    orders = RNG.integers(0, 300, (64, 40))
    with ThreadPoolExecutor(8) as pool:
        for order, rows in zip(orders, pool.map(source.__getitem__, orders), strict=True):
            assert np.array_equal(rows, expected[order])


def test_every_file_s_fault_is_told():
    from rcmvae_plugins.data._errors import collect, not_found

    def fail(name):
        raise not_found(name)

    with pytest.raises(RcmvaeError) as caught:
        collect([lambda: fail("a"), lambda: 3, lambda: fail("b")])
    assert [d.message for d in caught.value.diagnostics] == ["a", "b"]
    assert collect([lambda: 1, lambda: 2]) == [1, 2]
