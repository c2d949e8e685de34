"""A run directory of somebody else leads no command to files outside of it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from rcmvae_core.cli.main import main
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.rundir.contents import check_contents
from tests.support.table_run import SMALL, content, settings

ABSENT = [".rcmvae-0123456789abcdef.partial", "report.html.partial", "origin.json", "trackers.json", "figures",
          "figures/loss.svg", "diagnostics/seed-7.npz", "projections/pca.npz", "tensorboard/seed-7", "checkpoints/seed-7", "checkpoints/seed-0/step-000000999",
          "checkpoints/seed-0/step-000000999.json"]  # fmt: skip
WRITTEN = ["metrics.jsonl", "status.json", "summary.json", "model.json", "run.lock.toml", "report.html",
           "diagnostics/seed-0.npz", "diagnostics", ".rcmvae.lock", "tensorboard", "tensorboard/seed-0", "checkpoints",
           "checkpoints/seed-0"]  # fmt: skip
VERBS = {
    "resume": ["resume", "run"],
    "run": ["run", "spec.toml", "--out", "run", "--resume", *settings(*SMALL)],
}


@pytest.fixture
def interrupted(here) -> Path:
    """The folder, with a run that says that it is not done."""
    status = here / "run" / "status.json"
    status.write_text(json.dumps(json.loads(status.read_text()) | {"state": "interrupted"}))
    return here


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", [*WRITTEN, *ABSENT])
def test_no_link_of_a_run_directory_is_followed(interrupted, capfd, name, verb) -> None:
    link, victim = Path("run", name), Path("victim")
    if link.exists():
        link.rename(victim)
    elif "." in name:
        victim.write_text("mine")
    else:
        victim.mkdir()
        (victim / "step-of-mine").mkdir()
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(victim.absolute())
    before = content(interrupted)
    assert main(VERBS[verb]) == 2
    errors = capfd.readouterr().err
    assert f"error[E451]: `{link}` is a symbolic link to `{victim.absolute()}`" in errors
    assert content(interrupted) == before
    assert not (interrupted / "victim" / "step-of-mine").exists() or victim.is_dir()


@pytest.mark.parametrize("name", ["report.html", "evaluation.json", "reliability.png"])
def test_evaluate_follows_no_link_into_a_run_directory(here, fails, name) -> None:
    Path("run", name).unlink(missing_ok=True)
    Path("victim").write_text("mine")
    Path("run", name).symlink_to("../victim")
    before = content(here)
    if name == "report.html":  # not written
        assert main(["evaluate", "run", "-o", "run"]) == 0
    else:
        assert fails("evaluate", "run", "-o", "run", "--force") == "E451"
        assert content(here) == before
    assert Path("victim").read_text() == "mine"


def test_links_in_a_folder_for_a_new_run(here, fails) -> None:
    Path("out").mkdir()
    Path("out/.rcmvae.lock").symlink_to("../spec.toml")
    for words in (VERBS["run"][:2], ["learn", "run"]):
        assert fails(*words, "--out", "out", *settings(*SMALL)) == "E451"
        assert [path.name for path in Path("out").iterdir()] == [".rcmvae.lock"]


def test_a_device_is_not_opened(interrupted, fails) -> None:
    Path("run/metrics.jsonl").unlink()
    os.mkfifo("run/metrics.jsonl")
    assert fails("resume", "run") == "E451"


def test_a_run_may_be_reached_through_a_link(interrupted) -> None:
    Path("disk").mkdir()
    Path("run").rename("disk/run")
    Path("link").symlink_to("disk")
    assert main(["resume", "link/run"]) == 0
    assert json.loads(Path("disk/run/status.json").read_text())["state"] == "done"


def test_links_that_a_tracker_makes_are_allowed(tmp_path) -> None:
    run = tmp_path / "run"
    (run / "wandb" / "offline-1").mkdir(parents=True)
    (run / "spec.toml").touch()
    (run / "wandb" / "latest-run").symlink_to("offline-1")
    check_contents(run, resume=True)
    (run / "wandb" / "out").symlink_to(tmp_path)
    with pytest.raises(RcmvaeError, match=r"E451: .*wandb/out"):
        check_contents(run, resume=True)
