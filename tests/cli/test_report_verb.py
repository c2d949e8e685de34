"""`rcmvae report` draws the page of a finished run again from what it has kept."""

from __future__ import annotations

import json
import shutil

import pytest

from rcmvae_core.cli.main import main
from rcmvae_core.experiment.request import RunRequest
from rcmvae_core.experiment.run import run
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.spec.resolve import resolve_file
from tests.support.commands import QUICKSTART

SMALL = ("latent.channels=4", "encoder.dense.hidden=[8]", "backbone.dense.hidden=[8]", "train.epochs=1")
ONE_FIGURE = "figure={ confusion = {} }"


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    registry, path = discover("only:rcmvae"), tmp_path_factory.mktemp("report") / "run"
    run(RunRequest(resolve_file(QUICKSTART, (*SMALL, ONE_FIGURE), registry), registry, path), lambda _: None)
    return path


@pytest.fixture
def copy(done, tmp_path):
    return shutil.copytree(done, tmp_path / "run")


def test_the_page_is_the_same_byte_for_byte(copy, capfd) -> None:
    before = {
        path.name: path.read_bytes() for path in copy.iterdir() if path.is_file() and path.name != ".lock"
    }
    (copy / "report.html").unlink()
    (copy / "figures" / "confusion.svg").unlink()
    assert main(["report", str(copy)]) == 0
    after = {
        path.name: path.read_bytes() for path in copy.iterdir() if path.is_file() and path.name != ".lock"
    }
    assert after == before
    assert (copy / "figures" / "confusion.svg").is_file()
    assert capfd.readouterr().err.splitlines()[-1] == str(copy / "report.html")


def test_another_figure_is_added_and_the_run_stays_as_it_is(copy) -> None:
    spec = (copy / "spec.toml").read_bytes()
    assert main(["report", str(copy), "--figure", "tau_heatmap"]) == 0
    page = (copy / "report.html").read_text(encoding="utf-8")
    assert "Tau heatmap" in page
    assert "Confusion" in page
    assert (copy / "spec.toml").read_bytes() == spec
    assert json.loads((copy / "status.json").read_text())["state"] == "done"


@pytest.mark.parametrize(
    ("words", "code"),
    [(["--figure", "tau_map"], "E108"), (["--set", "latent.channels=3"], "E107")],
)
def test_what_cannot_be_drawn_is_refused(words, code, copy, capfd) -> None:
    page = (copy / "report.html").read_bytes()
    assert main(["report", str(copy), *words]) == 2
    assert f"error[{code}]" in capfd.readouterr().err
    assert (copy / "report.html").read_bytes() == page


def test_the_report_of_a_run_that_is_not_done_says_so_and_shows_its_curves(copy) -> None:
    (copy / "summary.json").unlink()
    (copy / "diagnostics" / "seed-0.npz").unlink()
    status = {"state": "interrupted", "reason": "the process got <SIGTERM>"}
    (copy / "status.json").write_text(json.dumps(status))
    assert main(["report", str(copy), "--figure", "loss_curves"]) == 0
    page = (copy / "report.html").read_text(encoding="utf-8")
    assert "Not finished: it was interrupted." in page
    assert "the process got &lt;SIGTERM&gt;" in page
    assert "seed 0: 1 of 1 epochs" in page
    assert 'id="figure-loss_curves"' in page
    assert "Not finished" in (copy / "REPORT.md").read_text(encoding="utf-8")


def test_a_run_without_any_records_has_a_report(copy) -> None:
    for name in ("summary.json", "diagnostics/seed-0.npz", "status.json", "metrics.jsonl"):
        (copy / name).unlink()
    assert main(["report", str(copy)]) == 0
    page = (copy / "report.html").read_text(encoding="utf-8")
    assert "Not finished: its state is unknown." in page
    assert "seed 0: not started" in page
