"""A run that is refused before its first step changes nothing: not the run that it would resume, and no folder."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from rcmvae_core.cli.main import main
from rcmvae_core.experiment.request import run_folder
from tests.support.table_run import SMALL, content, settings

RUN = ["run", "spec.toml", *settings(*SMALL)]


def test_a_resumed_run_of_another_spec_leaves_a_finished_run_as_it_was(here, capfd) -> None:
    before = content(here)
    assert main([*RUN, "--out", "run", "--resume", *settings("train.epochs=9")]) == 2
    errors = capfd.readouterr().err
    assert "error[E411]" in errors
    assert "rcmvae learn run --epochs N" in errors
    assert content(here) == before


@pytest.mark.parametrize("rows", [30, 89])
def test_a_resumed_run_of_other_data_leaves_a_finished_run_as_it_was(here, capfd, rows) -> None:
    lines = Path("data.csv").read_text().splitlines()
    Path("data.csv").write_text("\n".join(lines[: 1 + rows]) + "\n")
    before = content(here)
    assert main([*RUN, "--out", "run", "--resume"]) != 0
    assert "error[E" in capfd.readouterr().err
    assert content(here) == before


@pytest.mark.parametrize(
    "words",
    [
        [*RUN, *settings("train.batch_size=1000")],
        [*RUN, *settings('data.table.label="a"', "data.labels_per_class=900")],
        [*RUN, "--out", "new/run", *settings("train.batch_size=1000")],
        [*RUN, "--out", "new/run", "--resume", *settings("train.batch_size=1000")],
        ["learn", "run", *settings("train.batch_size=1000")],
        ["learn", "run", "--out", "new/run", *settings("train.batch_size=1000")],
        ["learn", "run", "--out", "new", "--warm-start", *settings("latent.dim=5")],
    ],
    ids=lambda words: " ".join(words[:4])[:20],
)
def test_a_refused_run_leaves_no_folder(here, words) -> None:
    before = sorted(path.name for path in here.iterdir())
    assert main(words) in {1, 2}
    assert sorted(path.name for path in here.iterdir()) == before


def test_runs_that_start_together_have_folders_of_their_own(tmp_path) -> None:
    with (
        run_folder(None, "a", tmp_path / "runs") as first,
        run_folder(None, "a", tmp_path / "runs") as second,
    ):
        assert first != second
        (first / "kept").touch()
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [first.name]


def test_a_folder_without_a_run_is_not_begun_by_resume(here, fails) -> None:
    Path("notes").mkdir()
    with Path("notes/report.html").open("w", newline="") as file:
        csv.writer(file).writerow(["mine"])
    before = content(here)
    assert fails(*RUN, "--out", "notes", "--resume") == "E303"
    assert content(here) == before
