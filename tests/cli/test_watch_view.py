"""Views of runs as text and as JSON: golden outputs, and the columns of any terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.cells import cell_len

from rcmvae_core.cli.sparkline import ASCII
from rcmvae_core.cli.watch_view import as_json, changes, frame, table
from rcmvae_core.rundir.follow import RunView, SavedStep

NOW = 1000.0


def row(epoch: int, **metrics: float) -> dict[str, float]:
    values = {
        "train/total": 64.0 / epoch,
        "validation/elbo": -40.0 + epoch,
        "validation/accuracy": epoch / 10,
    }
    return {"seed": 1, "epoch": epoch, "step": 10 * epoch, **values, **metrics}


RUNNING = RunView(
    Path("runs/digits"),
    "digits",
    "running",
    process=7,
    seeds=(0, 1),
    epochs=8,
    seed=1,
    rows=tuple(map(row, range(1, 5))),
    epochs_done=12,
    monitor="elbo",
    epoch_seconds=30.0,
    time=NOW - 10.0,
    checkpoint=SavedStep(40, NOW - 65.0),
    warnings=("W402, seed 0: 3 of 8 latent dimensions",),
)


def test_a_running_run() -> None:
    assert frame(RUNNING, NOW, 80) == [
        "running  digits  runs/digits",
        "seed 1 (2 of 2), epoch 4 of 8  [###############.....] 75%",
        "30.0 s per epoch, 1 min 50 s left",
        "loss      16        █▃▁▁",
        "elbo      -36       ▁▃▆█",
        "accuracy  0.4",
        "checkpoint of step 40, 1 min 5 s ago",
    ]
    assert frame(RUNNING, NOW, 80, ASCII)[3] == "loss      16        @-__"


def test_a_run_in_every_other_state() -> None:
    starting = RunView(Path("r"), "digits", "starting", seeds=(0,), epochs=8)
    assert frame(starting, NOW, 80) == ["starting  digits  r"]
    written = RUNNING._replace(epochs_done=16)
    assert frame(written, NOW, 80)[2] == "30.0 s per epoch, writing the results"
    dead = RUNNING._replace(state="dead", reason="its process is gone\nmore", rows=())
    assert frame(dead, NOW, 80) == [
        "dead  digits  runs/digits",
        "its process is gone",
        "more",
        "checkpoint of step 40, 1 min 5 s ago",
    ]
    unknown = RUNNING._replace(seeds=(), epochs=0, epochs_done=0, monitor="")
    assert frame(unknown, NOW, 80)[1:3] == ["seed 1, epoch 4", "loss      16        █▃▁▁"]


@pytest.mark.parametrize("width", [1, 5, 40, 41, 80, 132, 200])
def test_no_line_is_wider_than_the_terminal(width) -> None:
    rows = tuple(map(row, range(1, 400)))
    wide = RUNNING._replace(
        name="数字" * 40, run=Path("r" * 300), reason="x" * 300, rows=rows, monitor="m" * 60
    )
    lines = [*frame(wide, NOW, width), *table([wide, RUNNING], NOW, width, 5)]
    assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize(
    ("width", "bar"), [(80, "[###############.....] 75%"), (43, "[###..] 75%"), (40, "75%")]
)
def test_the_bar_is_as_wide_as_there_is_room(width, bar) -> None:
    assert frame(RUNNING, NOW, width)[1] == f"seed 1 (2 of 2), epoch 4 of 8  {bar}"


def test_the_sparkline_fills_the_line() -> None:
    rows = tuple(map(row, range(1, 400)))
    assert len(frame(RUNNING._replace(rows=rows), NOW, 40)[3]) == 40
    assert len(frame(RUNNING._replace(rows=rows), NOW, 200)[3]) == 80


def test_control_characters_are_escaped() -> None:
    odd = RUNNING._replace(name="\x1b[2J", run=Path("a\nb"), warnings=("W301: \x07",), rows=())
    shown = [*frame(odd, NOW, 200), *table([odd], NOW, 200, 5), *changes(None, odd, NOW)]
    assert all(line.isprintable() for line in shown)
    assert "\\x1b[2J" in shown[0]


def test_lines_say_what_has_changed() -> None:
    last = (
        "seed 1 (2 of 2), epoch 4 of 8  loss 16  elbo -36  accuracy 0.4  30.0 s per epoch, 1 min 50 s left  "
        "checkpoint of step 40, 1 min 5 s ago"
    )
    first = changes(None, RUNNING, NOW)
    assert first == [
        "digits: running, 2 seeds of 8 epochs",
        "warning W402 (seed 0): 3 of 8 latent dimensions",
        last,
    ]
    assert changes(RUNNING, RUNNING, NOW) == []
    assert changes(RUNNING._replace(rows=RUNNING.rows[:3]), RUNNING, NOW) == [last]
    assert changes(RUNNING._replace(warnings=()), RUNNING, NOW) == first[1:2]
    assert changes(RUNNING, RUNNING._replace(state="done"), NOW) == ["digits: done"]
    resumed = RUNNING._replace(process=8, rows=RUNNING.rows[:2])
    lines = changes(RUNNING, resumed, NOW)
    assert lines[0] == "digits: resumed by another process, after epoch 2"
    assert lines[1].startswith("seed 1 (2 of 2), epoch 2 of 8")


def test_a_table_has_active_runs_first_and_fits_the_height() -> None:
    done = RunView(Path("runs/old"), "old", "done", time=1.0, result="accuracy 0.9000")
    failed = RunView(Path("runs/new"), "new", "failed", "E401: not finite\nmore", time=2.0)
    lines = table([done, failed, RUNNING], NOW, 120, 3)
    assert lines == [
        "running      runs/digits  seed 1 (2 of 2), epoch 4 of 8  loss 16  elbo -36  accuracy 0.4  30.0 s per epoch, 1 min 50 s l",
        "failed       runs/new     E401: not finite",
        "done         runs/old     accuracy 0.9000",
    ]
    assert table([done, failed, RUNNING], NOW, 120, 2)[1:] == ["and 2 more"]
    assert table([done._replace(run=Path("a/very/long/path/of/a/run"))], NOW, 40, 3) == [
        "done         ...h/of/a/run  accuracy 0.9"
    ]


def test_json_has_plain_values() -> None:
    rows = (row(4, **{"validation/accuracy": float("nan"), "train/total": float("inf")}),)
    values = as_json(RUNNING._replace(rows=rows))
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    assert values == {
        "event": "progress",
        "run": "runs/digits",
        "name": "digits",
        "state": "running",
        "reason": "",
        "result": "",
        "seeds": [0, 1],
        "epochs": 8,
        "epochs_done": 12,
        "seed": 1,
        "epoch": 4,
        "epoch_seconds": 30.0,
        "seconds_left": 120.0,
        "monitor": "elbo",
        "metrics": {"train/total": None, "validation/elbo": -36.0, "validation/accuracy": None},
        "warnings": ["W402, seed 0: 3 of 8 latent dimensions"],
        "checkpoint": {"step": 40, "time": 935.0},
    }
