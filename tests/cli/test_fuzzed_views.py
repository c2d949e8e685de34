"""`list`, `show` and `watch` read the records of others: whatever these hold, they say something or refuse it."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from rcmvae_core.cli.main import main
from rcmvae_core.cli.watch_view import as_json, changes, frame, table
from rcmvae_core.rundir.directory import RunDirectory
from rcmvae_core.rundir.follow import RunFollower, RunView
from tests.report.comparison.test_compare import FILM, write_run
from tests.support.mutants import mutate, reset

FILES = ("status.json", "summary.json", "metrics.jsonl", "spec.toml")
WARNINGS = ["W402, seed 0: 3 of 8 latent dimensions", "W301: odd"]
METRICS = {"elbo": -1.0, "accuracy": 0.5}


@pytest.fixture
def pristine(tmp_path) -> Path:
    """The records of a run of six seeds, with all keys that a summary, a status and a spec have."""
    run = write_run(tmp_path / "pristine", FILM)
    values = json.loads((run / "summary.json").read_text())
    groups = {"validation": METRICS, "test": METRICS, "metrics": {"effective_channels": 3.5}}
    values |= {
        "mean": groups,
        "std": groups,
        "warnings": WARNINGS,
        "training": 400,
        "baselines": {"constant": 0.1},
    }
    (run / "summary.json").write_text(json.dumps(values))
    (run / "spec.toml").write_text(f'name = "digits"\nseeds = {list(FILM)}\n[train]\nepochs = 2\n')
    with RunDirectory(run, resume=True) as directory:
        directory.write_status(
            "running", seed=5, epoch=2, monitor="elbo", finished=[0, 1], epoch_seconds=0.5, warnings=WARNINGS, reason="odd",
        )  # fmt: skip
    return run


def check_view(before: RunView | None, view: RunView) -> None:
    shown = [*frame(view, 1e9, 80), *table([view], 1e9, 80, 5), *changes(before, view, 1e9)]
    assert all(line.isprintable() for line in shown)
    json.dumps(as_json(view), allow_nan=False)


@pytest.mark.parametrize(("seed", "number"), [(0, 60), pytest.param(1, 10_000, marks=pytest.mark.long)])
def test_mutants(seed, number, pristine, tmp_path, capfd) -> None:
    rng, run = random.Random(seed), tmp_path / "runs" / "one"
    for _ in range(number):
        reset(run, pristine)
        follower = RunFollower(run)
        before = follower.read()
        file = rng.choice(FILES)
        what = f"{file}: {mutate(run / file, rng)}"
        check_view(before, follower.read()._replace(state="running"))
        check_view(None, RunFollower(run).read())
        codes = [
            main(words)
            for words in (["list", str(run.parent)], ["show", str(run)], ["list", str(run), "--json"])
        ]
        assert codes[0] == codes[2] == 0, what
        assert codes[1] in (0, 2), what
        assert (main(["watch", str(run), "--timeout", "0"]) in (0, 1)) or not (run / "spec.toml").is_file(), (
            what
        )
        output = capfd.readouterr()
        assert "Traceback" not in output.err, what
        assert all(line.isprintable() for line in output.out.split("\n")), what
