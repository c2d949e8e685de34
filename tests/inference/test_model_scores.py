"""Scores that run the model: their values are statistics of inputs, and part of the training reference."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.inference import training_reference
from rcmvae_core.inference.load import load
from rcmvae_core.training.setup import prepare

REGRET = "score.likelihood_regret={steps=2, samples=2}"


@pytest.fixture(scope="module")
def regretful(run):
    return load(run, settings=[REGRET])


def test_a_score_that_runs_the_model_is_one_of_the_scores(regretful, digits) -> None:
    scores = regretful.score(digits[:5])
    stats = regretful.forward_stats(digits[:5])
    expected = np.mean([each.measured["likelihood_regret"] for each in stats], axis=0)
    np.testing.assert_allclose(scores["likelihood_regret"], expected)
    np.testing.assert_allclose(
        regretful.score(digits[3:5])["likelihood_regret"], expected[3:], rtol=1e-3, atol=1e-3
    )
    assert "likelihood_regret" in regretful.ood_scorer.thresholds()


def test_the_reference_holds_what_such_scores_measured(regretful, tmp_path) -> None:
    training = regretful.ood_scorer.training
    steps = [int(state.step) for state in regretful.states]
    arrays = training_reference.as_arrays(training, regretful.seeds, steps)
    np.savez(tmp_path / training_reference.NAME, **arrays)
    columns = {"responsibilities": 6, "probabilities": 10, "latents": 2}
    read = training_reference.read_reference(tmp_path, regretful.seeds, steps, columns, ["likelihood_regret"])
    assert read is not None
    for one, other in zip(read, training, strict=True):
        np.testing.assert_array_equal(one.measured["likelihood_regret"], other.measured["likelihood_regret"])
    assert training_reference.read_reference(tmp_path, regretful.seeds, steps, columns, ["another"]) is None
    assert prepare(regretful.resolved).split.train.size == len(training[0].latents)


def test_the_bound_of_the_encoders_posterior_is_the_elbo(trained, digits) -> None:
    model, state = trained.model, trained.states[0]
    x = jnp.asarray(digits[:4].astype(np.float32) / 16)
    key, active = jax.random.key(1), state.carry.active
    posterior, _ = model.infer(state.prediction_params, x, active)
    bound = model.elbo(state.prediction_params, x, posterior, step=state.step, active=active, key=key)
    stats = trained.describe(state, x, key)
    np.testing.assert_allclose(bound, stats.elbo, rtol=1e-4)


@pytest.mark.parametrize(
    "nested",
    [
        "score.mixed={first={likelihood_regret={steps=2}}, second={elbo={}}}",
        "score.fisher={of={elbo={}, likelihood_regret={steps=2}}}",
    ],
)
def test_a_combination_refuses_a_score_that_runs_the_model(run, nested) -> None:
    with pytest.raises(RcmvaeError, match="runs the model"):
        load(run, settings=[nested])
