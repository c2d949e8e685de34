"""`list` and `show` read the records of runs, of whatever state, and of no other folder."""

from __future__ import annotations

import json
import math
import os
import shutil
from pathlib import Path

import pytest

from rcmvae_core.cli.main import main
from rcmvae_core.rundir.directory import RunDirectory
from rcmvae_core.rundir.listing import SORTS, list_runs, read_listed
from rcmvae_core.rundir.writer_lock import is_written
from tests.support.compared_runs import FILM, add_metrics, write_run


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


@pytest.fixture
def measured(folder):
    """Two runs with metrics, of which `low` has the lower one; and runs without."""
    for name, nll in (("low", 70.0), ("high", 90.0)):
        run = write_run(folder / name, FILM, name=name)
        write_status(run, "done")
        values = {"nll": nll, "own": 2.0, **{f"auroc/{score}": 0.5 for score in ("elbo", "channel")}}
        values |= {f"kl_by_channel/{channel}": float(channel) for channel in range(9)}
        add_metrics(run, dict.fromkeys(FILM, values))
    return folder


def test_the_list_shows_and_sorts_by_a_metric_best_first(measured, capfd) -> None:
    def names(*words: str) -> list[str]:
        assert main(["list", str(measured), "--sort", "result", "--json", *words]) == 0
        return [run["name"] for run in json.loads(capfd.readouterr().out)["runs"]]

    assert names("--metric", "nll")[:2] == ["low", "high"]
    assert set(names("--metric", "nll")[2:]) == {"film", "broken", "tried"}
    assert set(names("--metric", "auroc/elbo")[:2]) == {"low", "high"}
    assert main(["list", str(measured), "--metric", "nll", "--name", "low"]) == 0
    head, row = capfd.readouterr().out.splitlines()
    assert head.endswith("result (nats, lower is better)")
    assert row.endswith("nll 70.0000 ± 0.2500")


def test_a_run_is_shown_with_its_metrics(measured, capfd) -> None:
    low = str(measured / "low")
    assert main(["show", low]) == 0
    shown = capfd.readouterr().out
    assert f"rcmvae show {low} --metrics" in shown
    assert "kl_by_channel" not in shown
    assert main(["show", low, "--metrics"]) == 0
    lines = {line.split()[0]: " ".join(line.split()[1:]) for line in capfd.readouterr().out.splitlines()}
    assert lines["nll"] == "70.0000 ± 0.2500 nats; Negative ELBO, a bound of -log p(x); lower is better"
    assert lines["auroc/elbo"].startswith("0.5000 ± 0.2500 Area under the ROC curve")
    assert lines["auroc/channel"] == "0.5000 ± 0.2500"
    assert lines["kl_by_channel"].startswith("(9 values) 0.0000 to 8.0000 nats")
    assert lines["own"] == "2.0000 ± 0.2500"  # of a metric that is not installed


def test_a_run_is_shown_with_what_to_do_next(folder, capfd) -> None:
    assert main(["show", str(folder / "film")]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].startswith("film: done since 2026-11-0")
    assert lines[-2] == "next:"
    assert lines[-1].split() == [
        *f"rcmvae predict {folder / 'film'} FILE -o predictions.csv use the model".split()
    ]
    assert main(["show", str(folder / "deep" / "failed")]) == 0
    assert f"  rcmvae resume {folder / 'deep' / 'failed'}  try again" in capfd.readouterr().out
    assert main(["show", str(folder / "broken")]) == 2
    assert "error[E440]" in capfd.readouterr().err
    assert main(["show", str(folder / "notes")]) == 2


def test_a_run_whose_process_is_gone_is_dead(tmp_path) -> None:
    with RunDirectory(tmp_path / "run") as directory:
        directory.write_text("spec.toml", 'name = "one"\n')
        assert read_listed(tmp_path / "run").state == "starting"
        directory.write_status("running", seed=0, epoch=1)
        assert read_listed(tmp_path / "run").state == "running"
    found = read_listed(tmp_path / "run")
    assert (found.state, found.name) == ("dead", "one")
    assert "process is gone" in found.headline


def test_readers_of_the_lock_do_not_disturb_its_writer(tmp_path) -> None:
    assert is_written(tmp_path / "absent") is False
    with RunDirectory(tmp_path / "run"):
        assert [is_written(tmp_path / "run") for _ in range(3)] == [True] * 3
    assert is_written(tmp_path / "run") is False
    (tmp_path / "run" / ".rcmvae.lock").unlink()
    (tmp_path / "run" / ".rcmvae.lock").symlink_to(tmp_path)
    assert is_written(tmp_path / "run") is None


def spoil(run: Path, kind: int) -> None:
    """Break a run in one of nine ways; 0 leaves it as it is."""
    status, summary = run / "status.json", run / "summary.json"
    match kind:
        case 1:
            status.write_text("{")
        case 2:
            summary.write_text("")
        case 3:
            summary.unlink()
            summary.mkdir()
        case 4:
            (run / "spec.toml").write_bytes(b"\xff\xfe")
        case 5:
            status.unlink()
            os.mkfifo(status)
        case 6:
            status.unlink()
        case 7:
            values = json.loads(summary.read_text())
            summary.write_text(json.dumps(values | {"seeds": [1]}))
        case 8:
            os.truncate(summary, 100)
        case 9:
            values = json.loads(summary.read_text())
            values["mean"]["test"]["accuracy"] = math.inf
            summary.write_text(json.dumps(values | {"name": "\x1b[31m" + 300 * "x"}))
        case _:
            pass


@pytest.fixture
def hundred(folder) -> Path:
    """A hundred runs, nine in ten of them broken."""
    for number in range(100):
        copy = folder / "many" / f"sweep-{number % 7}" / f"run-{number:03}"
        shutil.copytree(folder / "film", copy)
        values = json.loads((copy / "summary.json").read_text())
        values["mean"]["test"]["accuracy"] = math.nan if number % 20 == 10 else number / 100
        (copy / "summary.json").write_text(json.dumps(values))
        spoil(copy, number % 10)
    return folder / "many"


@pytest.mark.parametrize("sort", sorted(SORTS))
def test_broken_runs_do_not_disturb_a_list(sort, hundred, capfd) -> None:
    assert main(["list", str(hundred), "--sort", sort]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == 101
    assert 40 * "x" not in "".join(lines)
    assert "\x1b" not in "".join(lines)
    assert main(["list", str(hundred), "--sort", sort, "--json"]) == 0
    runs = json.loads(capfd.readouterr().out, parse_constant=pytest.fail)["runs"]
    assert len({run["path"] for run in runs}) == 100
    assert {run["state"] for run in runs} == {"done", "unknown"}


def test_results_are_sorted_and_what_has_none_comes_last(hundred) -> None:
    key, largest_first = SORTS["result"]
    means = [run.mean for run in sorted(list_runs(hundred), key=key, reverse=largest_first)]
    known = [mean for mean in means if math.isfinite(mean)]
    assert known == means[: len(known)] == sorted(known, reverse=True)
    assert len(known) == 45
