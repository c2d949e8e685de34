"""Callbacks see every epoch with its history, stop a seed, and save checkpoints; a resumed run decides the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rcmvae_plugins.callbacks.params import TargetParams
from rcmvae_plugins.callbacks.target import target

from rcmvae_core import Action, Evaluated
from rcmvae_core.cli.main import main
from rcmvae_core.experiment.request import RunRequest
from rcmvae_core.experiment.run import run
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.spec.resolve import resolve_file
from rcmvae_core.testing.plugin_case import TINY
from rcmvae_core.training.callbacks import SeedCallbacks
from rcmvae_core.training.loop import Interrupted
from tests.support.commands import QUICKSTART

REGISTRY = discover("only:rcmvae")


def evaluated(*values: float | None, metric: str = "validation/accuracy") -> Evaluated:
    rows = tuple({} if value is None else {metric: value} for value in values)
    return Evaluated(0, len(rows), 10 * len(rows), rows[-1], rows)


@pytest.mark.parametrize(
    ("values", "parameters", "stop"),
    [
        ([0.8], {}, False),
        ([0.8, 0.9], {}, True),
        ([0.95, 0.8], {}, False),
        ([0.95, None], {}, False),
        ([0.95, None, 0.9], {"evaluations": 2}, True),
        ([0.9], {"evaluations": 2}, False),
        ([0.95, 0.8, 0.9], {"evaluations": 2}, False),
        ([1.2], {"direction": "at_most"}, False),
        ([0.5], {"direction": "at_most"}, True),
    ],
)
def test_a_target(values, parameters, stop) -> None:
    callback = target(TargetParams(value=0.9, **parameters), TINY)
    action = callback(evaluated(*values))
    assert action.stop == stop
    assert not action.checkpoint
    assert action.reason == (f"`validation/accuracy` is {values[-1]:.6g}" if stop else "")


def test_actions_are_joined_and_each_stop_is_a_warning() -> None:
    part = resolve(QUICKSTART, "callback.target={ value = 0.9 }").parts["callback"][0]
    seen: list[Evaluated] = []

    def saves(evaluated: Evaluated) -> Action:
        seen.append(evaluated)
        return Action(checkpoint=True)

    callbacks = SeedCallbacks(
        [(part, saves), (part, lambda _: Action(stop=True, reason="enough"))], 3, [{"epoch": 1, "loss": 2.0}]
    )
    action, (warning,) = callbacks(2, 20, {"loss": 1.0})
    assert action == Action(stop=True, checkpoint=True)
    assert (warning.code, warning.message) == (
        "W417",
        "callback `target` stops training after epoch 2: enough",
    )
    assert seen[0].history == ({"epoch": 1, "loss": 2.0}, {"seed": 3, "epoch": 2, "step": 20, "loss": 1.0})


def resolve(path: Path, *settings: str):
    return resolve_file(path, settings, REGISTRY)


def test_a_run_stops_and_a_resumed_one_stops_at_the_same_epoch(tmp_path) -> None:
    small = ["latent.channels=4", "encoder.dense.hidden=[8]", "backbone.dense.hidden=[8]", "train.epochs=6"]
    stop = 'callback.target={ metric = "validation/elbo", value = -1e12, evaluations = 3 }'
    spec = resolve(QUICKSTART, *small, stop, "train.checkpoint_seconds=0", 'train.select="last"')
    run(RunRequest(spec, REGISTRY, tmp_path / "whole"), lambda _: None)
    calls: list[int] = []
    with pytest.raises(Interrupted):
        run(
            RunRequest(spec, REGISTRY, tmp_path / "half"),
            lambda _: None,
            lambda: len(calls) > 0 or bool(calls.append(0)),
        )
    assert main(["resume", str(tmp_path / "half")]) == 0
    whole, half = (json.loads((tmp_path / name / "summary.json").read_text()) for name in ("whole", "half"))
    for summary in (whole, half):
        (seed,) = summary["seeds"]
        assert (seed["epochs"], seed["stopped_early"]) == (3, True)
        assert "W417, seed 0: callback `target` stops training after epoch 3" in str(summary["warnings"])
        del seed["seconds"]
    assert whole["seeds"] == half["seeds"]
