"""Arrays of a file that is not trusted are compared with its size before memory is reserved."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from rcmvae_core.runtime.array_files import read_header
from rcmvae_core.runtime.npz import array_names, read_npz
from rcmvae_core.runtime.records import RecordError


def test_arrays_are_returned(tmp_path: Path):
    np.savez_compressed(tmp_path / "a.npz", a=np.arange(3), b=np.float32(2))
    assert set(array_names(tmp_path / "a.npz")) == {"a", "b"}
    arrays = read_npz(tmp_path / "a.npz", ["a", "b"])
    assert arrays["a"].tolist() == [0, 1, 2]
    assert arrays["b"].shape == ()
    with pytest.raises(RecordError, match="it has no array `c`"):
        read_npz(tmp_path / "a.npz", ["c"])


def write_member(path: Path, content: bytes) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", content)


def test_an_array_that_declares_more_than_the_file_has_is_refused(tmp_path: Path):
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, {"descr": "<f4", "fortran_order": False, "shape": (2**33,)})
    write_member(tmp_path / "a.npz", content.getvalue())
    with pytest.raises(RecordError, match="its array `a` is corrupt"):
        read_npz(tmp_path / "a.npz", ["a"])


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"\x93NUMPY\x01\x00\x10\x00{'descr': 'O'", b"text"])
def test_what_is_no_array_is_an_error(tmp_path: Path, content: bytes):
    write_member(tmp_path / "a.npz", content)
    with pytest.raises(RecordError):
        read_npz(tmp_path / "a.npz", ["a"])


def test_nothing_is_unpickled(tmp_path: Path):
    np.savez(tmp_path / "a.npz", a=np.array([{}], object))
    with pytest.raises(RecordError):
        read_npz(tmp_path / "a.npz", ["a"])


def test_a_truncated_file_is_an_error(tmp_path: Path):
    np.savez(tmp_path / "a.npz", a=np.arange(1000))
    content = (tmp_path / "a.npz").read_bytes()
    for length in (0, 10, len(content) // 2, len(content) - 1):
        (tmp_path / "a.npz").write_bytes(content[:length])
        with pytest.raises(RecordError):
            read_npz(tmp_path / "a.npz", ["a"])


OPEN = b"{'descr': '<f4', 'fortran_order': False, 'shape': (3, L"


def test_a_header_whose_brackets_stay_open_is_corrupt(tmp_path: Path):
    """NumPy tokenizes a header with a number of Python 2, such as `3L`, and the tokenizer raises an error of its own."""
    header = OPEN.ljust(118) + b"\n"
    content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(12)
    write_member(tmp_path / "a.npz", content)
    with pytest.raises(RecordError, match="corrupt"):
        read_npz(tmp_path / "a.npz", ["a"])
    with pytest.raises(ValueError, match="its header is corrupt"):
        read_header(io.BytesIO(content), len(content))
