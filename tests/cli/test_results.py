"""What `run` and `show` print of a finished run: numbers with their meaning, short warnings, the next commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rcmvae_core.cli.results import finished_lines, next_commands, result_lines, run_lines, warning_lines
from rcmvae_core.rundir.listing import ListedRun

ONE = {"seed": 0, "validation": {}, "test": {}, "monitor": "elbo", "best": -40.0, "last": -40.0}


def summary(**changes: Any) -> dict[str, Any]:
    means = {"accuracy": 0.8765, "balanced_accuracy": 0.86, "elbo": -41.543}
    deviations = {"accuracy": 0.0123, "balanced_accuracy": 0.02, "elbo": 0.1}
    return {
        "name": "digits",
        "labels": 100,
        "training": 400,
        "seeds": [ONE, ONE | {"seed": 1}],
        "select": "best",
        "mean": {"validation": {"accuracy": 0.9}, "test": means, "metrics": {"effective_channels": 7.251}},
        "std": {"validation": {"accuracy": 0.0}, "test": deviations, "metrics": {"effective_channels": 0.5}},
        "baselines": {"constant": 0.1031},
        "warnings": ["W402, seed 0: 3 of 8 latent dimensions", "W402, seed 1: 4 of 8", "W301: odd\nline \x1b[2J"],
        **changes,
    }  # fmt: skip


GOLDEN = """\
test accuracy 0.8765 ± 0.0123 over 2 seeds, validation accuracy 0.9000, 100 labels
  accuracy            0.8765 ± 0.0123  share of test inputs whose class is predicted right; a constant guess gives 0.1031
  balanced_accuracy   0.8600 ± 0.0200  mean over classes of the share that is predicted right
  elbo                -41.54 ± 0.10    nats per test input; higher is better, comparable between models with the same head
  effective_channels  7.25 ± 0.50      channels in use: the exponential of the entropy of their usage
warning W402 (seeds 0, 1): 3 of 8 latent dimensions
warning W301: odd line \\x1b[2J
next:
  rcmvae explain W402                                       what the warning means and how to fix it; also W301
  rcmvae predict 'runs/my digits' FILE -o predictions.csv  use the model
  rcmvae show 'runs/my digits'                              show this again
  rcmvae show 'runs/my digits' --metrics                    every metric, with unit and direction\
"""


def test_a_finished_run() -> None:
    shown = "\n".join(finished_lines(summary(), Path("runs/my digits")))
    assert [" ".join(line.split()) for line in shown.splitlines()] == [
        " ".join(line.split()) for line in GOLDEN.splitlines()
    ]
    assert shown.splitlines()[:7] == GOLDEN.splitlines()[:7]


def test_one_seed_without_a_classifier_has_no_spread() -> None:
    values = {key: {"validation": {"elbo": -1.0}, "test": {"elbo": -2.0}} for key in ("mean", "std")}
    lines = result_lines(summary(seeds=[ONE], warnings=(), **values))
    assert lines[0] == "test elbo -2.0000, validation elbo -1.0000, 100 labels"
    assert [line.split()[:2] for line in lines[1:]] == [["elbo", "-2.00"]]


def test_the_last_line_is_the_report(tmp_path) -> None:
    (tmp_path / "report.html").touch()
    assert finished_lines(summary(), tmp_path)[-1] == f"report: {tmp_path / 'report.html'}"


def test_more_labels_are_suggested_where_few_inputs_have_one() -> None:
    few = [command.split()[1] for command in next_commands(Path("r"), summary(training=501))]
    assert few == ["explain", "predict", "suggest", "label", "learn"]
    assert "learn" not in str(next_commands(Path("r"), summary(training=500)))
    assert "learn" not in str(next_commands(Path("r"), summary(training=0)))


def test_long_and_odd_warnings() -> None:
    (line,) = warning_lines([f"W405, seed -3: {'word ' * 60}", "no code"])
    assert line.startswith("warning W405 (seed -3): word word")
    assert line.endswith("word...")
    assert len(line) <= 124
    assert warning_lines([f"W405: {'x' * 400}"]) == [f"warning W405: {'x' * 97}..."]


def test_a_run_that_is_not_done_says_how_to_continue() -> None:
    dead = ListedRun(Path("r"), "digits", "dead", "2026-11-01", 0, reason="gone\nmore")
    assert run_lines(dead, None) == [
        "digits: dead since 2026-11-01",
        "gone",
        "more",
        "next:",
        "  rcmvae resume r  continue from the last checkpoint",
    ]
    assert run_lines(dead._replace(state="running", reason="", time=""), None) == ["digits: running"]
