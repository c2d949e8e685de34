"""What killed processes left is removed later; what others own, hold or have named alike is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rcmvae_core.runtime import partial_files
from rcmvae_core.runtime.partial_files import partial_folder, remove_abandoned, temporary_folder

NAME = ".rcmvae-0123456789abcdef.partial"
HOLDER = """
import sys
from pathlib import Path
from rcmvae_core.runtime.partial_files import partial_folder
with partial_folder(Path(sys.argv[1])) as folder:
    (folder / "half").write_text("half")
    print(folder.name, flush=True)
    sys.stdin.read()
"""


def make(path: Path, *, hours: float = 2.0) -> Path:
    path.mkdir()
    (path / "half").write_text("half")
    then = path.stat().st_mtime - 3600 * hours
    os.utime(path, (then, then))
    return path


def test_an_abandoned_folder_is_removed_with_its_content(tmp_path) -> None:
    make(tmp_path / NAME)
    remove_abandoned(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_new_folder_stays_unless_nobody_else_writes(tmp_path) -> None:
    make(tmp_path / NAME, hours=0.5)
    remove_abandoned(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    remove_abandoned(tmp_path, seconds=0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", [".a.csv.partial", "a.csv.partial", ".rcmvae-notes.partial", "rcmvae-0123abcd", f"{NAME}.old"]
)
def test_what_others_named_alike_stays(tmp_path, name) -> None:
    make(tmp_path / name)
    remove_abandoned(tmp_path)
    assert (tmp_path / name / "half").read_text() == "half"


def test_a_file_and_a_link_of_the_name_stay(tmp_path) -> None:
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim" / "mine").write_text("mine")
    (tmp_path / NAME).symlink_to("victim")
    (tmp_path / NAME.replace("0", "1")).write_text("mine")
    remove_abandoned(tmp_path, seconds=0)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["victim", NAME, NAME.replace("0", "1")]
    )
    assert (tmp_path / "victim" / "mine").read_text() == "mine"


def test_a_folder_of_another_user_stays(tmp_path, monkeypatch) -> None:
    make(tmp_path / NAME)
    monkeypatch.setattr(partial_files.os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    remove_abandoned(tmp_path)
    assert (tmp_path / NAME).is_dir()


def test_a_folder_of_a_living_process_stays_until_that_is_killed(tmp_path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        folder = tmp_path / holder.stdout.readline().strip()
        remove_abandoned(tmp_path, seconds=0)
        assert (folder / "half").exists()
        holder.kill()
        holder.wait()
    remove_abandoned(tmp_path, seconds=0)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_new_private_and_gone_afterwards(tmp_path) -> None:
    with partial_folder(tmp_path) as first, partial_folder(tmp_path) as second:
        assert first != second
        assert first.stat().st_mode & 0o077 == 0
        (first / "inner").mkdir()
    assert list(tmp_path.iterdir()) == []


def test_temporary_folders_of_killed_commands_are_removed_at_the_next_start(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(partial_files.tempfile, "gettempdir", lambda: str(tmp_path))
    make(tmp_path / NAME)
    with temporary_folder() as folder:
        assert list(tmp_path.iterdir()) == [folder]
    assert list(tmp_path.iterdir()) == []
