"""Files appear as a whole or not at all, and what cannot be written is reported with what helps."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from rcmvae_core.errors import RunError
from rcmvae_core.runtime import atomic_files
from rcmvae_core.runtime.atomic_files import (
    atomic_write,
    fsync_folder,
    replace_file,
    replace_files,
    replacing,
    unwritable,
    write_file,
    write_folder,
)
from rcmvae_core.runtime.outputs import output_errors


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.EDQUOT, "free some space"),
        (errno.EFBIG, "free some space"),
        (errno.EACCES, "choose another -o"),
        (errno.ENOTDIR, "choose another -o"),
    ],
)
def test_space_is_advised_only_where_it_is_lacking(number, advice) -> None:
    diagnostic = unwritable(Path("out.csv"), OSError(number, os.strerror(number)), "choose another -o")
    assert (diagnostic.code, list(diagnostic.help)) == ("E304", [advice])
    assert diagnostic.message == f"cannot write `out.csv`: {os.strerror(number)}"


def test_a_file_is_replaced_when_the_block_ends(tmp_path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with atomic_write(target) as partial:
        partial.write_text("new")
        assert target.read_text() == "old"
        assert partial.parent.parent == tmp_path
    assert target.read_text() == "new"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), ValueError("wrong"), KeyboardInterrupt()])
def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path, error) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")

    def write_half() -> None:
        with atomic_write(target) as partial:
            partial.write_text("half")
            raise error

    with pytest.raises(type(error)):
        write_half()
    assert target.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_two_writers_of_one_file_do_not_share_a_partial_file(tmp_path) -> None:
    target = tmp_path / "a.txt"
    with atomic_write(target) as first:
        first.write_text("first")
        with atomic_write(target) as second:
            assert second != first
            second.write_text("second")
        assert target.read_text() == "second"
    assert target.read_text() == "first"


def test_content_is_on_the_disk_before_its_name_and_the_name_afterwards(tmp_path, monkeypatch) -> None:
    synced: list[tuple[str, bool]] = []
    target, fsync = tmp_path / "made", os.fsync

    def record(descriptor: int) -> None:
        synced.append((Path(f"/proc/self/fd/{descriptor}").readlink().name, target.exists()))
        fsync(descriptor)

    monkeypatch.setattr(atomic_files.os, "fsync", record)
    with atomic_write(target) as partial:
        (partial / "inner").mkdir(parents=True)
        (partial / "inner" / "a.txt").write_text("a")
    assert synced == [("a.txt", False), ("inner", False), (partial.name, False), (tmp_path.name, True)]


def test_a_folder_that_cannot_be_synced_is_no_error_and_a_broken_disk_is(tmp_path, monkeypatch) -> None:
    def refuse(number: int):
        def fsync(_: int) -> None:
            raise OSError(number, os.strerror(number))

        return fsync

    monkeypatch.setattr(atomic_files.os, "fsync", refuse(errno.EINVAL))
    fsync_folder(tmp_path)
    monkeypatch.setattr(atomic_files.os, "fsync", refuse(errno.EIO))
    with pytest.raises(OSError, match="Input/output error"):
        fsync_folder(tmp_path)


def test_replaced_files_keep_permissions_and_links(tmp_path) -> None:
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "real.txt").chmod(0o440)
    (tmp_path / "link.txt").symlink_to("real.txt")
    replace_file(tmp_path / "link.txt", "new\r\n")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_bytes() == b"new\r\n"
    assert (tmp_path / "real.txt").stat().st_mode & 0o777 == 0o440


def test_new_files_never_replace_anything(tmp_path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    (tmp_path / "folder").mkdir()
    for name in ("file", "dangling", "folder"):
        assert [error.code for error in output_errors([tmp_path / name])] == ["E304"]
        for write in (lambda path: write_file(path, "a"), lambda path: write_folder(path, {"a.txt": "a"})):
            with pytest.raises(RunError, match=r"E304: cannot write .*: File exists"):
                write(tmp_path / name)
    assert (tmp_path / "file").read_text() == "mine"
    assert names(tmp_path) == ["dangling", "file", "folder"]
    write_folder(tmp_path / "above" / "new", {"b/a.txt": "a"})
    assert (tmp_path / "above" / "new" / "b" / "a.txt").read_text() == "a"


def test_a_folder_above_that_is_a_file_is_reported(tmp_path) -> None:
    (tmp_path / "file").write_text("mine")
    with (
        pytest.raises(RunError, match=r"E304: cannot write .*inside"),
        replacing(tmp_path / "file" / "inside") as partial,
    ):
        partial.write_text("never")


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(tmp_path) -> None:
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "a.txt").symlink_to("victim")
    with replacing(tmp_path / "a.txt") as partial:
        partial.write_text("new")
    assert (tmp_path / "victim").read_text() == "mine"
    assert not (tmp_path / "a.txt").is_symlink()


def test_several_files_are_replaced_together_or_not_at_all(tmp_path) -> None:
    replace_files(tmp_path / "new", {"a.txt": b"1", "b.txt": b"1"}, "choose another")
    with pytest.raises(RunError, match=r"E304: cannot write .*new`"):
        replace_files(tmp_path / "new", {"a.txt": b"2", "none/b.txt": b"2"}, "choose another")
    assert names(tmp_path) == ["a.txt", "b.txt", "new"]
    assert (tmp_path / "new" / "a.txt").read_bytes() == b"1"
