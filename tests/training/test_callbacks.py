"""Callbacks see every epoch with its history, stop a seed, and save checkpoints; a resumed run decides the same."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.callbacks.params import PlateauParams, TargetParams
from rcmvae_plugins.callbacks.plateau import plateau
from rcmvae_plugins.callbacks.target import target
from safetensors.numpy import load_file

from rcmvae_core import Action, Evaluated
from rcmvae_core.cli.main import main
from rcmvae_core.errors import RcmvaeError, SpecError
from rcmvae_core.experiment.request import RunRequest
from rcmvae_core.experiment.run import run
from rcmvae_core.model.build import Batch
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.spec.resolve import resolve_file
from rcmvae_core.testing.plugin_case import TINY
from rcmvae_core.training.callbacks import SeedCallbacks
from rcmvae_core.training.loop import Interrupted
from rcmvae_core.training.setup import prepare
from tests.support.commands import QUICKSTART

REGISTRY = discover("only:rcmvae")
UNDRAWN = ("figure={}", "metric={}")
"""Settings without figures and metrics, which are not what is compared."""


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
        [(part, saves), (part, lambda _: Action(stop=True, reason="enough"))],
        3,
        history=[{"epoch": 1, "loss": 2.0}],
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
    small = [*SMALL, "train.epochs=6", *UNDRAWN]
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


@pytest.mark.parametrize(
    ("values", "factor"),
    [
        ([1.0], 1.0),
        ([1.0, 2.0, 3.0], 1.0),
        ([2.0, 1.0], 1.0),
        ([2.0, 1.0, 2.0], 0.5),
        ([2.0, 1.0, None, 1.0], 0.5),
        ([2.0, 1.0, 2.05, 3.0, 1.0], 0.5),
        ([2.0, 1.0, 1.0, 1.0, 1.0], 0.25),
        ([2.0, *[1.0] * 20], 0.125),
    ],
)
def test_a_plateau(values, factor) -> None:
    params = PlateauParams(
        loss="kl_z", metric="validation/accuracy", factor=0.5, patience=2, min_delta=0.1, times=3
    )
    assert plateau(params, TINY)(evaluated(*values)).weight_factors == {"kl_z": factor}
    falling = PlateauParams(**(attrs.asdict(params) | {"direction": "down"}))
    negated = [None if value is None else -value for value in values]
    assert plateau(falling, TINY)(evaluated(*negated)).weight_factors == {"kl_z": factor}


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        ("kl_c", "changes the weight of loss `kl_c`, which is not changeable"),
        ("kl", "changes the weight of loss `kl`, which does not exist"),
    ],
)
def test_the_loss_of_a_plateau_is_checked_before_training(loss, message) -> None:
    with pytest.raises(SpecError) as caught:
        resolve(QUICKSTART, CHANGEABLE[0], f'callback.plateau={{ loss = "{loss}" }}')
    (error,) = caught.value.diagnostics
    assert (error.code, error.message) == ("E216", f"callback `plateau` {message}")
    assert error.help[-1] == "changeable losses: `kl_z`"


def test_factors_of_several_callbacks_are_multiplied() -> None:
    part = resolve(QUICKSTART, *CHANGEABLE).parts["callback"][0]
    actions = [Action(weight_factors={"kl_z": 0.5}), Action(weight_factors={"kl_z": 0.5, "kl_c": 3.0})]
    callbacks = SeedCallbacks([(part, lambda _, a=a: a) for a in actions], 0, ["kl_z", "kl_c"])
    assert callbacks(1, 10, {})[0].weight_factors == {"kl_z": 0.25, "kl_c": 3.0}


CHANGEABLE = (
    "loss.kl_z.changeable=true",
    'callback.plateau={ loss = "kl_z", metric = "validation/elbo", min_delta = 1e9, factor = 0.5, patience = 1 }',
)


def test_the_weight_of_a_loss_that_is_not_changeable_cannot_be_changed(tmp_path) -> None:
    with pytest.raises(SpecError) as caught:
        resolve(QUICKSTART, CHANGEABLE[1])
    (error,) = caught.value.diagnostics
    assert (error.code, error.message) == (
        "E201",
        "callback `plateau` requires `weights.changeable`, which nothing provides",
    )
    part = resolve(QUICKSTART, *CHANGEABLE).parts["callback"][0]
    callbacks = SeedCallbacks([(part, lambda _: Action(weight_factors={"kl": 0.5}))], 0, ["kl_z"])
    with pytest.raises(RcmvaeError, match=r"E217.*changes the weight of loss `kl`, which is not changeable"):
        callbacks(1, 10, {})


def test_a_factor_multiplies_the_weight_of_its_loss() -> None:
    """The gradient of the objective with respect to the factor is the weighted term: d(w f L)/df = w L."""
    prepared = prepare(resolve(QUICKSTART, *SMALL, *CHANGEABLE, "loss.kl_z.weight=0.7"))
    model, x = prepared.model, jnp.full((8, *prepared.context.input_shape), 0.5)
    batch, key, step = Batch(x, x, jnp.zeros(8, jnp.int32)), jax.random.key(0), jnp.int32(0)
    params = model.init(key, x)
    state = model.init_state(params)
    assert list(state.weight_factors) == ["kl_z"]

    def total(factor):
        changed = state._replace(weight_factors={"kl_z": factor})
        return model.loss(params, changed, batch, step=step, key=key)

    slope, (losses, _) = jax.grad(total, has_aux=True)(jnp.float32(0.3))
    np.testing.assert_allclose(slope, 0.7 * losses.terms["kl_z"], rtol=1e-5)


SMALL = ("latent.channels=4", "encoder.dense.hidden=[8]", "backbone.dense.hidden=[8]")


def test_changed_weights_are_in_checkpoints_and_a_resumed_run_ends_bit_identically(tmp_path) -> None:
    """The metric never improves by `min_delta`, so that the weight is halved after epochs 2, 3 and 4."""
    settings = [
        *SMALL,
        *CHANGEABLE,
        "train.epochs=6",
        "train.checkpoint_seconds=0",
        'train.select="last"',
        *UNDRAWN,
    ]
    spec = resolve(QUICKSTART, *settings)
    run(RunRequest(spec, REGISTRY, tmp_path / "whole"), lambda _: None)
    plain = resolve(QUICKSTART, *settings[:3], *settings[5:])
    run(RunRequest(plain, REGISTRY, tmp_path / "plain"), lambda _: None)
    calls: list[int] = []

    def stop() -> bool:
        calls.append(0)
        return len(calls) > 3

    with pytest.raises(Interrupted):
        run(RunRequest(spec, REGISTRY, tmp_path / "half"), lambda _: None, stop)
    assert main(["resume", str(tmp_path / "half")]) == 0
    whole, half, other = (last_arrays(tmp_path / name) for name in ("whole", "half", "plain"))
    assert whole["carry/weight_factors/kl_z"] == 0.125
    assert whole.keys() == half.keys()
    for name, array in whole.items():
        np.testing.assert_array_equal(array, half[name], err_msg=name)
    assert any((whole[name] != array).any() for name, array in other.items() if name.startswith("params/"))
    assert main(["evaluate", str(tmp_path / "whole")]) == 0


def last_arrays(folder: Path) -> dict[str, np.ndarray]:
    path = max((folder / "checkpoints" / "seed-0").glob("step-*/arrays.safetensors"))
    return load_file(path)
