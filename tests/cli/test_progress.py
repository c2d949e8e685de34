"""Progress is shown as bars on a terminal, and as lines or not at all in a pipe."""

from __future__ import annotations

import os
import pty
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from tempfile import TemporaryFile
from types import SimpleNamespace

import numpy as np
import pytest

from rcmvae_core.cli import progress
from rcmvae_core.cli.actions import predict
from rcmvae_core.cli.arguments import read
from rcmvae_core.cli.main import main
from rcmvae_core.data.dataset import load_dataset
from rcmvae_core.errors import Diagnostic
from rcmvae_core.inference.prediction_table import PredictionBatch
from rcmvae_core.inference.predictions import Predictions
from rcmvae_core.training.dry_run import PartParameters, Plan
from rcmvae_core.training.events import EpochEnd, FirstStep, WarningRaised
from tests.support.commands import QUICKSTART, read_terminal

PLAN = Plan(
    "a [run]", (3,), 2, 5, (4,), 20, 5, 5, 10, (PartParameters("encoder", {"w": (4, 300)}, 1200),), {}
)
PLAN_LINE = "a [run]: 1,200 parameters, 20 inputs, 10 labels, 2 epochs of 5 steps, 1 seed; keeping the state of best validation elbo"
WARNING = WarningRaised(3, Diagnostic("W411", "a checkpoint is corrupt", help=["check the disk"]))
EVENTS = (PLAN, FirstStep(3, 1), WARNING, EpochEnd(3, 2, 10, {"train/total": 1.25}))


def on_a_terminal(show: Callable[[], object], monkeypatch, columns: int = 80) -> str:
    """Run a function whose stderr is a terminal, and return what it writes there."""
    controller, descriptor = pty.openpty()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", str(columns))
    with os.fdopen(descriptor, "w") as terminal, monkeypatch.context() as patch:
        patch.setattr("sys.stderr", terminal)
        show()
    return read_terminal(controller)


def in_a_pipe(show: Callable[[], object], monkeypatch) -> str:
    """Run a function whose stderr is no terminal, and return what it writes there."""
    with TemporaryFile("w+") as file, monkeypatch.context() as patch:
        patch.setattr("sys.stderr", file)
        show()
        file.seek(0)
        return file.read()


def show_events(format_: str) -> None:
    with progress.listener(format_) as listen:
        for event in EVENTS:
            listen(event)


def show_bar() -> None:
    with progress.bar("predicting", 4) as advance:
        advance(1)
        advance(3)


def test_a_bar_on_a_terminal_disappears_at_the_end(monkeypatch) -> None:
    output = on_a_terminal(show_bar, monkeypatch)
    assert "predicting" in output
    assert "4/4" in output
    assert output.endswith("\x1b[2K")  # the line is erased


@pytest.mark.parametrize("count", [0, 3])
def test_no_bar_in_a_pipe(count, monkeypatch) -> None:
    def show() -> None:
        with progress.bar("predicting", count) as advance:
            advance(count)

    assert in_a_pipe(show, monkeypatch) == ""


@pytest.mark.parametrize("columns", [80, 20])
def test_a_terminal_shows_the_plan_and_warnings_above_the_bars(columns, monkeypatch) -> None:
    """Each on a line of its own, even if the terminal is narrow."""
    output = on_a_terminal(lambda: show_events("text"), monkeypatch, columns)
    assert f"{PLAN_LINE}\r\n" in output
    assert "warning[W411]: seed 3: a checkpoint is corrupt\r\n" in output
    assert "seed 3" in output


def test_a_pipe_shows_the_same_as_lines(monkeypatch) -> None:
    lines = in_a_pipe(lambda: show_events("text"), monkeypatch).splitlines()
    assert lines[0] == PLAN_LINE
    assert lines[1].startswith("seed 3  first step ")
    assert lines[2:4] == ["warning[W411]: seed 3: a checkpoint is corrupt", "     = help: check the disk"]
    assert lines[4].startswith("seed 3  epoch 2/2  ")
    assert lines[4].endswith("  loss 1.25")


@pytest.mark.parametrize("show", [in_a_pipe, on_a_terminal])
def test_warnings_are_annotations_for_github(show, monkeypatch) -> None:
    output = show(lambda: show_events("github"), monkeypatch)
    assert "::warning title=W411::seed 3: a checkpoint is corrupt%0Acheck the disk" in output
    assert PLAN_LINE in output
    assert "\x1b" not in output


def predictions(count: int) -> Predictions:
    """Return predictions of a model without a classifier."""
    labels, channels, values = np.full(count, -1), np.zeros(count, np.int64), np.zeros(count)
    table = np.zeros((count, 1))
    ood = np.zeros(count, bool)
    return Predictions(labels, table[:, :0], channels, table, values, values, values, values, table, {}, ood)


@pytest.fixture
def predict_three(monkeypatch, tmp_path) -> Callable[[], object]:
    """`rcmvae predict` of three inputs in two batches, without a model."""
    dataset = load_dataset(read(QUICKSTART, ())[0].one("data"))

    def select(*_: object) -> Iterator[predict.Selection]:
        yield predict.Selection(dataset, np.arange(3), None)

    def batches(*_: object) -> Iterator[tuple[np.ndarray, PredictionBatch]]:
        for ids in (["a", "b"], ["c"]):
            yield np.zeros(len(ids)), PredictionBatch(np.arange(len(ids)), ids, None, predictions(len(ids)))

    trained = SimpleNamespace(resolved=SimpleNamespace(if_available=lambda _: None))
    monkeypatch.setattr(predict, "load_run", lambda _: trained)
    monkeypatch.setattr(predict, "_selections", select)
    monkeypatch.setattr(predict, "_predict", batches)
    monkeypatch.setattr(predict, "_imputed_table", lambda *_: nullcontext())
    return lambda: main(["predict", "run", "data.npy", "-o", str(tmp_path / "predictions.csv"), "--force"])


def test_predict_shows_a_bar_on_a_terminal_only(predict_three, monkeypatch, tmp_path) -> None:
    summary = f"3 inputs, mean entropy 0.000: {tmp_path / 'predictions.csv'}"
    terminal, pipe = on_a_terminal(predict_three, monkeypatch), in_a_pipe(predict_three, monkeypatch)
    assert "predicting" in terminal
    assert "3/3" in terminal
    assert terminal.endswith(f"{summary}\r\n")
    assert pipe == f"{summary}\n"
