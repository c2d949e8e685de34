"""Only regular files are opened, and nothing is waited for."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from rcmvae_core.runtime import user_files
from rcmvae_core.runtime.user_files import FileTooLargeError, NotAFileError, open_file, read_file


def pipe(path: Path) -> None:
    os.mkfifo(path)


def bound_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the name of a socket is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path.name)
    os.chdir(here)


KINDS = {
    "a named pipe": pipe,
    "a socket": bound_socket,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a folder": lambda path: path.mkdir(),
}


@pytest.mark.parametrize(("kind", "make"), KINDS.items(), ids=KINDS)
def test_what_is_no_file_is_refused_at_once(tmp_path, kind, make):
    path = tmp_path / "x"
    make(path)
    with pytest.raises(NotAFileError) as error:
        open_file(path)
    assert error.value.strerror == f"it is {kind}, not a file"
    assert user_files.why_missing(path) == f"is {kind}, not a file"
    assert user_files.is_neither(path) == (kind != "a folder")


def test_a_pipe_that_takes_the_place_of_a_file_is_refused(tmp_path, monkeypatch):
    """Between the first look and the opening."""
    path = tmp_path / "x"
    pipe(path)
    (tmp_path / "file").touch()
    real = os.stat
    monkeypatch.setattr(user_files.os, "stat", lambda name: real(tmp_path / "file" if name == path else name))
    with pytest.raises(NotAFileError, match="named pipe"):
        open_file(path)


def test_a_link_to_a_file_is_read_up_to_its_limit(tmp_path):
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "link").symlink_to("file")
    assert read_file(tmp_path / "link", 5) == b"12345"
    with pytest.raises(FileTooLargeError) as error:
        read_file(tmp_path / "link", 4)
    assert error.value.strerror == "it has 5 bytes, and at most 4 are read"


@pytest.mark.parametrize("name", ["x" * 5000, "/".join(["x" * 200] * 30), "a\0b", "none", "~nobody-at-all/x"])
def test_paths_that_cannot_be_are_missing(name):
    path = user_files.expanded(name)
    assert (user_files.exists(path), user_files.is_file(path), user_files.is_folder(path)) == (False,) * 3
    assert user_files.why_missing(path).startswith(("does not exist", "cannot be read: "))
    assert len(user_files.shortened(path)) <= 160
