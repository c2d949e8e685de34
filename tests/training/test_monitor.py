"""Warnings of degenerate states, and the error of a loss that is not finite."""

from __future__ import annotations

import numpy as np
import pytest

from rcmvae_core.errors import RunError
from rcmvae_core.training.compiled import compile_programs
from rcmvae_core.training.evaluation import EvalOutputs
from rcmvae_core.training.events import WarningRaised
from rcmvae_core.training.loop import train
from rcmvae_core.training.monitor import TrainingMonitor, check_finite, diagnose
from rcmvae_core.training.seed_run import SeedJob
from rcmvae_core.training.setup import prepare


def outputs_of(responsibilities, latents, at_bound=0.0) -> EvalOutputs:
    n = len(responsibilities)
    zeros = np.zeros(n)
    return EvalOutputs(
        responsibilities=responsibilities, probabilities=np.zeros((n, 0)), latents=latents,
        negative_log_likelihood=zeros, kl_latent=zeros, kl_channel=zeros, at_bound=np.full(n, at_bound),
    )  # fmt: skip


def healthy(n=400, channels=4) -> EvalOutputs:
    rng = np.random.default_rng(0)
    return outputs_of(np.eye(channels)[np.arange(n) % channels], rng.normal(size=(n, 3)))


ALL = np.ones(4, bool)


def codes(outputs: EvalOutputs, active=ALL) -> list[str]:
    return [d.code for d in diagnose(outputs, active)]


def test_a_healthy_state_gets_no_warning():
    assert codes(healthy()) == []


def test_dead_channels_are_named():
    outputs = healthy(channels=2)
    q = np.pad(outputs.responsibilities, [(0, 0), (0, 2)])
    (dead,) = diagnose(outputs._replace(responsibilities=q), ALL)
    assert dead.code == "W401"
    assert dead.message == "2 of 4 channels are used for less than 0.1% of the inputs: 2, 3"


def test_locked_channels_are_not_dead():
    outputs = healthy(channels=2)
    q = np.pad(outputs.responsibilities, [(0, 0), (0, 2)])
    assert codes(outputs._replace(responsibilities=q), np.array([True, True, False, False])) == []


@pytest.mark.parametrize(("still", "told"), [(0, False), (1, False), (2, True), (3, True)])
def test_latents_that_do_not_move_with_x_are_counted(still, told):
    outputs = healthy()
    latents = outputs.latents.copy()
    latents[:, :still] *= 0.05  # the variance falls to 0.0025
    warnings = list(diagnose(outputs._replace(latents=latents), ALL))
    assert bool(warnings) == told
    if told:
        assert warnings[0].code == "W402"
        assert f"{4 * still} of 12 latent dimensions" in warnings[0].message


def test_means_that_differ_between_channels_only_do_not_hide_a_collapse():
    outputs = healthy()
    by_channel = np.repeat(10.0 * np.arange(4), 1)[np.arange(400) % 4, None] * np.ones(3)
    assert codes(outputs._replace(latents=by_channel)) == ["W402"]


@pytest.mark.parametrize(("share", "told"), [(0.5, False), (0.51, True)])
def test_sigma_at_its_bounds(share, told):
    assert (codes(healthy()._replace(at_bound=np.full(400, share))) == ["W403"]) == told


def test_a_warning_is_told_once_and_only_when_it_lasts():
    sick, well, monitor = healthy()._replace(at_bound=np.ones(400)), healthy(), TrainingMonitor()
    told = [
        len(list(monitor.update(state, ALL)))
        for state in (sick, sick, well, sick, sick, sick, sick, well, sick)
    ]
    assert told == [0, 0, 0, 0, 0, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (
            {"total": 12, "kl_z": -1, "reconstruction": 12},
            "at step 12 of seed 3, `reconstruction` is not finite",
        ),
        ({"total": 7, "a": 7, "b": 7, "c": 8}, "at step 7 of seed 3, `a`, `b` are not finite"),
        ({"total": 7, "a": -1}, "at step 7 of seed 3, `total` is not finite"),
    ],
)
def test_the_first_terms_that_broke_are_named(broken, words):
    with pytest.raises(RunError, match=f"E401: {words}"):
        check_finite(broken, 3, "step 5")


def test_finite_terms_pass():
    check_finite({"total": -1, "a": -1}, 0, None)


def test_a_run_warns_of_sigma_at_its_bounds(resolve_tiny):
    settings = [
        "head.heteroscedastic={sigma_min=0.2, sigma_start=0.201, sigma_max=0.202}",
        "train.epochs=5",
        "train.optimizer.adam.learning_rate=0.05",
    ]
    prepared, events = prepare(resolve_tiny([*settings, "loss.spread.weight=-5.0"])), []
    train(prepared, compile_programs(prepared), [SeedJob(0)], events.append)
    told = [event.diagnostic.code for event in events if isinstance(event, WarningRaised)]
    assert told.count("W403") == 1
