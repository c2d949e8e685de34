"""Data that declare or unfold to more than the limit are refused by their headers, in little time and memory."""

from __future__ import annotations

import gzip
import importlib
import io
import struct
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rcmvae_plugins.data._idx import read as read_idx
from rcmvae_plugins.data._images import pixels, read_header
from rcmvae_plugins.data.image_folder import image_folder
from rcmvae_plugins.data.npy import npy
from rcmvae_plugins.data.npz import npz
from rcmvae_plugins.data.params import ImageFolderParams, NpyParams, NpzParams, TableParams
from rcmvae_plugins.data.table import table

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.runtime.data_limit import VARIABLE

LIMIT = 2**22


@pytest.fixture(autouse=True)
def pixels_of_pillow(monkeypatch):
    """The variable changes a number of Pillow's, for the process."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)


def npy_bytes(shape: object, descr: str = "|u1", content: bytes = b"") -> bytes:
    header = repr({"descr": descr, "fortran_order": False, "shape": shape}).encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content


def npz_of(path: Path, member: bytes, name: str = "x.npy") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, member)
    return path


def big_npz(folder: Path) -> Callable[[], object]:
    path = npz_of(folder / "x.npz", npy_bytes((2**24, 1), content=bytes(2**24)))
    return lambda: npz(NpzParams(str(path), form="features"))


def hidden_npz(folder: Path) -> Callable[[], object]:
    """The member `x` is read as `x` too, and a small `x.npy` comes after it."""
    path = folder / "x.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", npy_bytes((3, 1), content=bytes(3)))
        archive.writestr("x", npy_bytes((2**24, 1), content=bytes(2**24)))
    return lambda: npz(NpzParams(str(path), form="features"))


def big_labels(folder: Path) -> Callable[[], object]:
    np.save(folder / "x.npy", np.ones((4, 2)))
    with (folder / "y.npy").open("wb") as file:
        file.write(npy_bytes((2**24,)))
        file.truncate(file.tell() + 2**24)
    return lambda: npy(NpyParams(str(folder / "x.npy"), str(folder / "y.npy"), form="features"))


def big_idx(folder: Path) -> Callable[[], object]:
    path = folder / "x.gz"
    path.write_bytes(gzip.compress(struct.pack(">4BI", 0, 0, 8, 1, 2**24) + bytes(2**24)))
    return lambda: read_idx(path, 1)


def big_csv(folder: Path) -> Callable[[], object]:
    path = folder / "x.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 2**20))
    return lambda: table(TableParams(str(path)))


def long_line(folder: Path) -> Callable[[], object]:
    path = folder / "x.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1," * 2**21))
    return lambda: table(TableParams(str(path)))


def big_parquet(folder: Path) -> Callable[[], object]:
    arrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    path = folder / "x.parquet"
    parquet.write_table(arrow.table({"a": arrow.array(np.zeros(10**6, np.int8))}), path)
    assert path.stat().st_size < LIMIT // 100
    return lambda: table(TableParams(str(path)))


def many_images(folder: Path) -> Callable[[], object]:
    for name in ("a", "b"):
        (folder / name).mkdir()
        Image.new("L", (8, 8)).save(folder / name / "x.png")
    return lambda: image_folder(ImageFolderParams(str(folder), size=(2048, 2048)))


CASES = {
    each.__name__: each
    for each in (big_npz, hidden_npz, big_labels, big_idx, big_csv, long_line, big_parquet, many_images)
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_more_than_the_limit_is_refused_before_it_is_allocated(tmp_path, monkeypatch, case):
    monkeypatch.setenv(VARIABLE, f"{LIMIT}")
    call = case(tmp_path)
    tracemalloc.start()
    start = time.process_time()
    with pytest.raises(RcmvaeError) as error:
        call()
    seconds, (_, peak) = time.process_time() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "E470"
    assert "in memory; the limit is 4.0 MiB" in diagnostic.message
    assert diagnostic.help[-1].startswith("to raise the limit: RCMVAE_MAX_DATA=")
    assert peak < 4 * LIMIT
    assert seconds < 5
    monkeypatch.setenv(VARIABLE, "1G")
    if case not in (hidden_npz, big_labels, long_line):
        call()


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (npy_bytes((2**62, 2**62)), "declares the shape"),
        (npy_bytes((-1, 4), content=bytes(4)), "declares the shape"),
        (npy_bytes((2**40,), "<U0"), "declares the shape"),
        (npy_bytes((1,) * 40, content=b"1"), "declares the shape"),
        (npy_bytes((4,), content=bytes(3)), "needs 4 bytes, and has 3"),
        (npy_bytes((4,), content=bytes(5)), "needs 4 bytes, and has 5"),
        (npy_bytes((2,), "|O", content=bytes(16)), "Python objects"),
        (npy_bytes((2.5,), content=bytes(3)), "cannot be read"),
        (npy_bytes("x", content=bytes(3)), "cannot be read"),
        (npy_bytes("(" * 5000), "cannot be read"),
        (b"\x93NUMPY\x03\x00" + bytes(100), "version 3.0"),
        (b"plain", "cannot be read"),
    ],
)
def test_headers_that_cannot_be_true_are_refused(tmp_path, member, message):
    (tmp_path / "x.npy").write_bytes(member)
    for call in (
        lambda: npz(NpzParams(str(npz_of(tmp_path / "x.npz", member)), form="features")),
        lambda: npy(NpyParams(str(tmp_path / "x.npy"), form="features")),
    ):
        with pytest.raises(RcmvaeError) as error:
            call()
        assert {each.code for each in error.value.diagnostics} == {"E306"}
        assert message in str(error.value) or member == b"plain"


def huge_png(width: int, height: int) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + checksum

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_an_image_of_too_many_pixels_is_refused_by_its_header():
    with pytest.raises(
        ValueError, match=r"400000000 pixels\) exceeds limit of 178956970 pixels.*RCMVAE_MAX_DATA"
    ):
        read_header(io.BytesIO(huge_png(20_000, 20_000)))


def test_the_variable_sets_the_number_of_pixels(monkeypatch):
    monkeypatch.setenv(VARIABLE, "4G")
    assert read_header(io.BytesIO(huge_png(20_000, 20_000))).width == 20_000
    monkeypatch.setenv(VARIABLE, "4K")
    with pytest.raises(ValueError, match="exceeds limit of 1024 pixels"):
        read_header(io.BytesIO(huge_png(40, 40)))


@pytest.mark.parametrize("name", ["x.png", "x.jpg", "x.eps"])
def test_a_program_in_an_image_is_never_started(tmp_path, monkeypatch, name):
    """Pillow chooses the format by content, and runs Ghostscript for PostScript."""
    (tmp_path / name).write_text(
        "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n"
    )
    monkeypatch.setattr("subprocess.Popen", lambda *_, **__: pytest.fail("a program was started"))
    for call in (lambda: read_header(tmp_path / name), lambda: pixels(tmp_path / name, (4, 4), "grey")):
        with pytest.raises(Exception, match="cannot identify image file"):
            call()


def test_columns_cost_the_same_each(tmp_path, monkeypatch):
    """Names that occur twice are found in linear time: 20,000 columns took seconds."""
    names = [f"c{i}" for i in range(50_000)]
    path = tmp_path / "x.csv"
    path.write_text("\n".join([",".join(names), *([",".join(["1.5"] * 50_000)] * 4)]))
    start = time.process_time()
    assert table(TableParams(str(path))).inputs.shape == (4, 50_000)
    assert time.process_time() - start < 3
    path.write_text(",".join([*names, "c7", "c9", "c9"]) + "\n1")
    with pytest.raises(RcmvaeError) as error:
        table(TableParams(str(path)))
    assert [each.message.split("`: ")[-1] for each in error.value.diagnostics] == [
        "has column `c7` twice", "has column `c9` twice", "line 2 has 1 cells, expected 50003",
    ]  # fmt: skip
    assert len(error.value.diagnostics[-1].help[-1]) < 200


def test_a_cell_that_is_too_long_is_named_with_its_line(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n3," + "x" * 200_000)
    with pytest.raises(RcmvaeError, match=r"line 3: field larger than field limit \(131072\)"):
        table(TableParams(str(tmp_path / "x.csv")))


def test_labels_nested_deep_are_refused(tmp_path):
    (tmp_path / "images").mkdir()
    Image.new("L", (4, 4)).save(tmp_path / "images" / "x.png")
    (tmp_path / "images" / "y.jsonl").write_text("[" * 100_000)
    with pytest.raises(RcmvaeError, match=r"E306.*nested too deep"):
        image_folder(ImageFolderParams(str(tmp_path / "images"), labels="y.jsonl"))


def test_a_pipe_in_a_folder_of_images_is_left_out(tmp_path):
    import os

    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Image.new("L", (4, 4), 7).save(tmp_path / name / "x.png")
        Image.new("L", (4, 4), 8).save(tmp_path / name / "y.png")
    os.mkfifo(tmp_path / "a" / "z.png")
    data = image_folder(ImageFolderParams(str(tmp_path)))
    assert len(data.labels) == 4
    assert any(
        "it is a named pipe, not a file: " in note or "`a/z.png` cannot be read: it is a named pipe" in note
        for note in data.notes
    )
