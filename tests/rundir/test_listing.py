"""`list` and `show` read the records of runs, of whatever state, and of no other folder."""

from __future__ import annotations

import json

import pytest

from rcmvae_core.cli.main import main
from rcmvae_core.rundir.listing import list_runs
from tests.report.comparison.test_compare import FILM, write_run


def write_status(folder, state: str, **more) -> None:
    status = {
        "format": 1,
        "state": state,
        "time": f"2026-11-0{len(state) % 9}T00:00:00+00:00",
        "process": 1,
        **more,
    }
    (folder / "status.json").write_text(json.dumps(status))


@pytest.fixture
def folder(tmp_path):
    """A finished run, a failed one in a sub-folder, a broken one, and what is no run."""
    write_status(write_run(tmp_path / "runs" / "film", FILM, name="film"), "done")
    failed = tmp_path / "runs" / "deep" / "failed"
    failed.mkdir(parents=True)
    (failed / "spec.toml").write_text('name = "tried"\n')
    write_status(failed, "failed", reason="E401: not finite\nmore")
    broken = write_run(tmp_path / "runs" / "broken", FILM, name="broken")
    (broken / "status.json").write_text("[]")
    (broken / "summary.json").write_text("{")
    (tmp_path / "runs" / "notes").mkdir()
    (tmp_path / "runs" / "loop").symlink_to(tmp_path / "runs")
    return tmp_path / "runs"


def test_runs_are_found_below_a_folder(folder) -> None:
    found = {run.path.name: run for run in list_runs(folder)}
    assert sorted(found) == ["broken", "failed", "film"]
    assert (found["film"].state, found["film"].seeds, found["film"].metric) == ("done", 6, "accuracy")
    assert (found["failed"].name, found["failed"].headline) == ("tried", "E401: not finite")
    assert found["broken"].state == "unknown"
    assert "summary.json" in found["broken"].headline


def test_the_list_is_filtered_and_sorted(folder, capfd) -> None:
    assert main(["list", str(folder), "--state", "failed"]) == 0
    head, line = capfd.readouterr().out.splitlines()
    assert head.split() == ["run", "name", "state", "time", "seeds", "result"]
    assert "E401: not finite" in line
    assert main(["list", str(folder), "--sort", "name", "--json"]) == 0
    runs = json.loads(capfd.readouterr().out)["runs"]
    assert [run["name"] for run in runs] == ["broken", "film", "tried"]
    assert main(["list", str(folder), "--name", "nothing"]) == 0
    assert capfd.readouterr().out == f"no runs under {folder}\n"
    assert main(["list", str(folder / "nowhere")]) == 2


def test_a_run_is_shown_with_what_to_do_next(folder, capfd) -> None:
    assert main(["show", str(folder / "film")]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].startswith("film: done since 2026-11-0")
    assert lines[-1] == f"next: rcmvae predict {folder / 'film'} FILE -o predictions.csv  (use the model)"
    assert main(["show", str(folder / "deep" / "failed")]) == 0
    assert f"next: rcmvae resume {folder / 'deep' / 'failed'}" in capfd.readouterr().out
    assert main(["show", str(folder / "broken")]) == 2
    assert "error[E440]" in capfd.readouterr().err
    assert main(["show", str(folder / "notes")]) == 2
