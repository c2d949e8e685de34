"""The data of a run are found from any folder, also if its spec names them by relative paths."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from rcmvae_core.cli.main import main
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.rundir.saved_run import resolve_run
from tests.support.table_run import SMALL, content, settings


@pytest.fixture
def elsewhere(here, monkeypatch) -> Path:
    """The folder with the run, when commands are called in another one."""
    other = here.parent / "other"
    other.mkdir()
    monkeypatch.chdir(other)
    return here


COMMANDS = [
    "predict {0}/run --split test -o p.csv",
    "evaluate {0}/run -o ev",
    "label {0}/run show",
    "label {0}/run assign --index 1 --as x",
    "learn {0}/run --out new",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_that_use_the_data_of_a_run(elsewhere, command) -> None:
    assert main(command.format(elsewhere).split()) == 0


@pytest.mark.parametrize("command", [*COMMANDS, "resume {0}/run"])
def test_data_of_the_working_folder_are_not_taken_for_those_of_the_run(elsewhere, capfd, command) -> None:
    """A file of the same name is there, and cannot be read."""
    Path("data.csv").write_text("\0")
    status = elsewhere / "run" / "status.json"
    status.write_text(json.dumps(json.loads(status.read_text()) | {"state": "interrupted"}))
    assert main(command.format(elsewhere).split()) == 0, capfd.readouterr().err


def resuming(folder: Path) -> list[str]:
    """Return the words that resume the run of a folder by its spec."""
    return ["run", str(folder / "spec.toml"), "--out", str(folder / "run"), "--resume", *settings(*SMALL)]


def test_a_run_is_resumed_from_elsewhere_by_its_spec(elsewhere) -> None:
    words = resuming(elsewhere)
    before = (elsewhere / "run" / "spec.toml").read_text()
    assert main(words) == 0
    assert main([*words, *settings(f'data.table.path="{elsewhere / "data.csv"}"')]) == 0
    assert (elsewhere / "run" / "spec.toml").read_text() == before
    assert 'path = "data.csv"' in before


def test_other_data_are_not_the_same_run(elsewhere, fails) -> None:
    before = content(elsewhere)
    words = resuming(elsewhere)
    assert fails(*words, *settings('data.table.path="other.csv"')) == "E411"
    assert content(elsewhere) == before


def test_paths_of_settings_are_relative_to_the_working_folder(elsewhere) -> None:
    Path("more.csv").write_bytes((elsewhere / "data.csv").read_bytes())
    words = ["learn", str(elsewhere / "run"), "--out", "new", *settings('data.table.path="more.csv"')]
    assert main(words) == 0
    location = json.loads(Path("new/data_location.json").read_text())
    assert location == {"working_folder": str(Path.cwd()), "run": str(Path("new").resolve())}
    assert 'path = "more.csv"' in Path("new/spec.toml").read_text()


def test_a_project_that_was_copied_has_data_of_its_own(elsewhere, trained) -> None:
    """The original ones are still there."""
    run = elsewhere / "run"
    part = resolve_run(run, discover(), "data")[0].one("data")
    assert Path(part.params.path) == elsewhere / "data.csv"
    (elsewhere / "data.csv").unlink()
    part = resolve_run(run, discover(), "data")[0].one("data")
    assert Path(part.params.path) == trained / "data.csv"


def test_a_run_that_was_moved_alone_finds_the_original_data(trained, tmp_path, monkeypatch, fails) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(trained / "run", "alone")
    assert main(["evaluate", "alone"]) == 0
    location = Path("alone/data_location.json")
    location.write_text(location.read_text().replace(str(trained), "/gone"))
    assert fails("evaluate", "alone") == "E305"
    shutil.copy(trained / "data.csv", ".")
    assert main(["evaluate", "alone"]) == 0


def test_an_export_says_nothing_about_the_machine(elsewhere) -> None:
    assert main(["export", str(elsewhere / "run"), "-o", "published"]) == 0
    assert all(str(elsewhere).encode() not in text for text in content(Path("published")).values())
    assert main(["export", str(elsewhere / "run"), "-o", str(elsewhere / "run" / "published")]) == 0
    assert main(["predict", "published", str(elsewhere / "new.csv"), "-o", "p.csv"]) == 0


def test_a_run_without_paths_has_no_such_file(tmp_path, monkeypatch, spec) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["run", str(spec), "--out", "run", *settings(*SMALL)]) == 0
    assert not Path("run/data_location.json").exists()


@pytest.mark.parametrize(
    "content", ["", "[]", '{"working_folder": 1, "run": "x"}', '{"working_folder": "x"}']
)
def test_a_location_that_cannot_be_read_is_named(elsewhere, capfd, content) -> None:
    (elsewhere / "run" / "data_location.json").write_text(content)
    assert main(f"evaluate {elsewhere}/run".split()) == 2
    error = capfd.readouterr().err
    assert "error[E440]" in error
    assert "data_location.json" in error
