"""A full disk ends every command with one error and exit code 1, and what was there before stays.

A limit on the size of files stands for a full disk, and a small file system with more and more free pages besides,
where the tests may mount one.
"""

from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import jax
import pytest
from jax.experimental.compilation_cache import compilation_cache

from rcmvae_core.cli.main import main
from rcmvae_core.training.checkpoints import files as checkpoint_files
from tests.support.table_run import SMALL, content, settings

OLD = ("disk/p.csv", "disk/p.npz", "disk/p.parquet", "disk/s.npz", "disk/l.csv", "disk/ev/evaluation.json",
       "disk/ev/reliability.svg", "disk/schema.json")  # fmt: skip
FIGURES = settings("figure={loss_curves={}}", "score={elbo={}}")
COMMANDS = {
    "run": ["run", "spec.toml", "--out", "disk/out", *settings(*SMALL), *FIGURES],
    "resume": ["resume", "disk/run"],
    "learn": ["learn", "run", "--out", "disk/out", *FIGURES],
    "learn warm": ["learn", "run", "--out", "disk/out", "--warm-start", "--epochs", "1", *FIGURES],
    "evaluate": ["evaluate", "run", "-o", "disk/ev", "--force"],
    "predict csv": ["predict", "run", "data.csv", "-o", "disk/p.csv", "--force"],
    "predict npz": ["predict", "run", "data.csv", "-o", "disk/p.npz", "--force"],
    "predict parquet": ["predict", "run", "data.csv", "-o", "disk/p.parquet", "--force"],
    "sample": ["sample", "run", "-n", "2000", "-o", "disk/s", "--force"],
    "export": ["export", "run", "-o", "disk/export"],
    "label": ["label", "run", "assign", "--index", "1", "--as", "x", "--store", "disk/l.sqlite"],
    "label export": ["label", "run", "export", "disk/l.csv", "--store", "labels.sqlite", "--force"],
    "active": ["active", "spec.toml", "-o", "disk/active", *settings(*SMALL), *FIGURES,
               *["--rounds", "1", "--start", "10", "--batch-size", "5", "--by", "random"]],
    "new spec": ["new", "spec", "disk/n.toml", "--from", "data.csv", "--label", "kind"],
    "new plugin": ["new", "plugin", "head", "my_head", "-o", "disk/plugin"],
    "schema": ["schema", "--write", "disk/schema.json", "--force"],
}  # fmt: skip
LIMITS = {"run": (1_000, 4_500, 20_000), "resume": (1_500, 8_000), "evaluate": (2_000, 20_000)}
"""Bytes that a file may have, by command: each ends it at another file."""
PAGE = 4096


@pytest.fixture(autouse=True)
def no_compilation_cache() -> Iterator[None]:
    """JAX would warn that it cannot write its cache."""
    jax.config.update("jax_enable_compilation_cache", False)
    compilation_cache.reset_cache()  # it would not notice
    yield
    jax.config.update("jax_enable_compilation_cache", True)
    compilation_cache.reset_cache()


@pytest.fixture
def disk(here) -> Path:
    """The folder `disk` with older results, and a run that is not done."""
    folder = here / "disk"
    folder.mkdir()
    main(["label", "run", "assign", "--index", *map(str, range(60)), "--as", "x", "--store", "labels.sqlite"])
    return folder


def fill_with_old(disk: Path) -> None:
    for name in OLD:
        path = disk.parent / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("old")
    shutil.copytree("run", disk / "run")
    status = disk / "run" / "status.json"
    status.write_text(json.dumps(json.loads(status.read_text()) | {"state": "interrupted"}))


@contextmanager
def limited(bytes_: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def check(command: str, before: dict[str, bytes], disk: Path, code: int, errors: str) -> None:
    """Assert that one error was reported, and that nothing that was there is lost."""
    assert code == 1, errors
    assert re.findall(r"error\[(\w+)\]", errors) in (["E304"], ["E611"]), errors
    assert "Traceback" not in errors
    assert "ignored" not in errors
    assert not list(disk.rglob("*.partial"))
    after = content(disk)
    kept = {name: text for name, text in before.items() if command != "resume" or "checkpoints" in name}
    assert {name: after.get(name) for name in kept} == kept
    for folder in disk.glob("*/checkpoints/seed-*"):
        for record in checkpoint_files.records(folder):
            checkpoint_files.read(folder, record)


@pytest.mark.parametrize(
    ("command", "limit"), [(name, limit) for name in COMMANDS for limit in LIMITS.get(name, (1_000,))]
)
def test_a_file_that_does_not_fit(disk, capfd, command, limit) -> None:
    fill_with_old(disk)
    before = content(disk)
    capfd.readouterr()
    with limited(limit):
        code = main(COMMANDS[command])
    check(command, before, disk, code, capfd.readouterr().err)


@pytest.fixture
def mounted(disk) -> Iterator[Callable[[], None]]:
    """Mounts an empty file system of two MiB at `disk`, instead of the one before."""

    def unmount() -> None:
        if disk.is_mount():
            subprocess.run(["umount", str(disk)], check=True)

    def mount() -> None:
        unmount()
        command = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(disk)]
        if (
            shutil.which("mount") is None
            or subprocess.run(command, capture_output=True, check=False).returncode
        ):
            pytest.skip("may not mount a file system")

    yield mount
    unmount()


@pytest.mark.long
@pytest.mark.parametrize("command", COMMANDS)
def test_all_numbers_of_free_pages_up_to_enough(disk, mounted, capfd, command) -> None:
    for pages in (*range(32), *range(32, 600, 8)):
        mounted()
        fill_with_old(disk)
        before = content(disk)
        free = shutil.disk_usage(disk).free
        Path("disk/filler").write_bytes(bytes(free - pages * PAGE))
        capfd.readouterr()
        code = main(COMMANDS[command])
        errors = capfd.readouterr().err
        if code == 0:
            return
        check(command, before, disk, code, errors)
    pytest.fail("it never had enough")
