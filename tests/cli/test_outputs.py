"""No command writes onto what it reads, by whatever name; what exists is replaced only with `--force`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rcmvae_core.cli.main import main
from tests.support.table_run import content, settings


def same(path: Path) -> Path:
    return path


def spelled(path: Path) -> Path:
    return Path(f"./run/../{path}")


def absolute(path: Path) -> Path:
    return path.absolute()


def linked(path: Path) -> Path:
    link = Path(f"link{path.suffix}")
    link.symlink_to(path)
    return link


def in_linked_folder(path: Path) -> Path:
    Path("folder").symlink_to(".")
    return Path("folder") / path


def hard_linked(path: Path) -> Path:
    link = Path(f"hard{path.suffix}")
    link.hardlink_to(path)
    return link


WAYS = [same, spelled, absolute, linked, in_linked_folder, hard_linked]
COMMANDS = {
    "predict": ("predict run new.csv -o {} --force", "new.csv"),
    "predict pattern": ("predict run n*.csv -o {} --force", "new.csv"),
    "predict labels": ("predict run new.csv --labels data.csv -o {} --force", "data.csv"),
    "predict split": ("predict run --split test -o {} --force", "data.csv"),
    "label export": ("label run export {} --force", "data.csv"),
    "label store": ("label run export {0} --store {0} --force", "store.csv"),
    "migrate": ("migrate flags.yaml -o {} --force", "flags.yaml"),
    "migrate spec": ("migrate spec.toml -o {} --force", "spec.toml"),
}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_writes_onto_what_it_reads(here, fails, command, way) -> None:
    words, name = COMMANDS[command]
    if command == "label store":
        assert main(["label", "run", "add", "blot", "--store", name]) == 0
    target = way(Path(name))
    before = content(here)
    assert fails(*words.format(target).split()) == "E450"
    assert content(here) == before


@pytest.mark.parametrize(
    "way", [same, spelled, absolute, linked, in_linked_folder], ids=lambda way: way.__name__
)
@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("predict run new.csv -o {} --force", "run/reference.npz"),
        ("predict run tables -o {} --force", "tables/labels.csv"),
        ("label run export {} --force", "run/metrics.jsonl"),
        ("sample run -o {} --force", "run/reference.npz"),
        ("export run -o {}", "run/checkpoints"),
        ("export run -o {}", "run"),
    ],
)
def test_nothing_inside_a_folder_that_is_read_is_replaced(here, fails, command, name, way) -> None:
    Path("tables").mkdir()
    Path("tables/labels.csv").write_text("file,label\n")
    Path("run/reference.npz").write_bytes(b"reference")
    target = way(Path(name))
    before = content(here)
    words = command.format(str(target).removesuffix(".npz") if command.startswith("sample") else target)
    assert fails(*words.split()) == "E450"
    assert content(here) == before


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("evaluate run -o out --force", "evaluation.json"),
        ("evaluate run -o out --force", "reliability.svg"),
        ("active spec.toml -o out", "active.json"),
        ("active spec.toml -o out", "curves.svg"),
        ("active spec.toml -o out", "rounds.jsonl"),
    ],
)
@pytest.mark.parametrize("source", ["data.csv", "spec.toml"])
def test_files_of_a_folder_that_is_named(here, fails, command, name, source) -> None:
    """A hard link there is what is read, or an older file; a symbolic link is never followed."""
    words = [*command.split(), *settings("seeds=[0]")] if command.startswith("active") else command.split()
    Path("out").mkdir()
    Path("out", name).symlink_to(f"../{source}")
    before = content(here)
    assert fails(*words) == "E451"
    Path("out", name).unlink()
    Path("out", name).hardlink_to(source)
    before = content(here)
    if command.startswith("active") or source == "data.csv":
        assert fails(*words) == "E450"
        assert content(here) == before


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("predict run new.csv -o out.csv", "out.csv"),
        ("evaluate run -o out", "out/evaluation.json"),
        ("evaluate run -o out", "out/reliability.svg"),
        ("sample run -o out", "out.npz"),
        ("sample run -o out", "out.csv"),
        ("label run export out.csv", "out.csv"),
        ("label run export out.jsonl", "out.jsonl"),
        ("migrate flags.yaml -o out.toml", "out.toml"),
        ("schema --write out.json", "out.json"),
    ],
)
def test_a_file_is_replaced_only_with_force(here, fails, command, name) -> None:
    Path("real").write_text("mine")
    Path("real").chmod(0o600)
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text("mine")
    before = content(here)
    assert fails(*command.split()) == "E304"
    assert content(here) == before
    assert main([*command.split(), "--force"]) == 0
    assert Path(name).read_bytes() != b"mine"
    if name.startswith("out/"):  # inside a folder that is named, links are not followed
        return
    Path(name).unlink()
    Path(name).symlink_to("real")
    assert fails(*command.split()) == "E304"
    assert main([*command.split(), "--force"]) == 0
    assert Path(name).readlink() == Path("real")
    assert Path("real").read_bytes() != b"mine"
    assert Path("real").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("export run -o out", "out"),
        ("new spec out", "out"),
        ("new plugin head my_head -o out", "out"),
        ("active spec.toml -o out", "out/active.json"),
        ("active spec.toml -o out", "out/curves.svg"),
        ("run spec.toml --out out", "out/notes.txt"),
        ("run spec.toml --out out", "out/.lock"),
        ("run spec.toml --out out --resume", "out/report.html"),
        ("learn run --out out", "out/.lock"),
        ("learn run --out run", "run/spec.toml"),
    ],
)
def test_what_is_made_new_replaces_nothing(here, fails, command, name) -> None:
    Path(name).parent.mkdir(exist_ok=True)
    if not Path(name).exists():
        Path(name).write_text("mine")
    before = content(here)
    assert fails(*command.split()) in {"E303", "E304", "E410"}
    assert content(here) == before


@pytest.mark.parametrize("name", ["out.csv", "folder/out.csv"])
def test_nothing_but_a_file_is_replaced(here, fails, name) -> None:
    Path(name).parent.mkdir(exist_ok=True)
    os.mkfifo(name)
    assert fails("predict", "run", "new.csv", "-o", name, "--force") == "E304"
    assert Path(name).is_fifo()
