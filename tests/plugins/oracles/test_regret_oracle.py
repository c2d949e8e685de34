"""`likelihood_regret` of linear-Gaussian channels, whose best bound is log p(x) in closed form."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.scores.params import LikelihoodRegretParams
from rcmvae_plugins.scores.regret import likelihood_regret
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from rcmvae_core.plugin.protocols import EncoderOutput, ScoredModel
from rcmvae_core.testing.plugin_case import TINY

B, P, D, K, SIGMA = 5, 4, 2, 3, 0.5
RNG = np.random.default_rng(0)
# Orthogonal columns: the true posterior of a channel is then a diagonal Gaussian, as q(z|x, c) is.
WEIGHTS = np.stack([np.linalg.qr(RNG.normal(size=(P, D)))[0] * np.array([1.5, 0.7]) for _ in range(K)])
BIASES = RNG.normal(size=(K, P))
X = RNG.normal(size=(B, P))
START = EncoderOutput(RNG.normal(size=(B, K)), RNG.normal(size=(B, K, D)), RNG.normal(size=(B, K, D)))


def bound(x, posterior, key):
    """The ELBO, its expectation over z in closed form."""
    del key
    log_q = jax.nn.log_softmax(posterior.logits)
    variance = jnp.exp(posterior.log_var)
    mean = jnp.einsum("kpd,bkd->bkp", WEIGHTS, posterior.mean) + BIASES
    spread = jnp.einsum("kpd,bkd->bk", WEIGHTS**2, variance)
    error = jnp.square(x[:, None] - mean).sum(axis=2) + spread
    nll = error / (2 * SIGMA**2) + P / 2 * np.log(2 * np.pi * SIGMA**2)
    kl = 0.5 * (variance + posterior.mean**2 - 1 - posterior.log_var).sum(axis=2)
    return -(jnp.exp(log_q) * (nll + kl + log_q + np.log(K))).sum(axis=1)


def encode(x):
    """What an encoder would give that found each input among those of `X`."""
    rows = jnp.argmin(jnp.square(x[:, None] - X).sum(axis=2), axis=1)
    return EncoderOutput(*(jnp.asarray(field, jnp.float32)[rows] for field in START))


def measured(x=X, model=None, **settings):
    score = likelihood_regret(
        LikelihoodRegretParams(**{"steps": 1000, "learning_rate": 0.1, "samples": 1} | settings), TINY
    )
    model = model or ScoredModel(encode, bound)
    return np.asarray(jax.jit(lambda x: score.measure(model, x))(jnp.asarray(x, jnp.float32)))


def evidence(x):
    """log p(x) = log mean_c N(x; b_c, W_c W_c^T + σ² I)."""
    return logsumexp(
        [multivariate_normal(BIASES[c], WEIGHTS[c] @ WEIGHTS[c].T + SIGMA**2 * np.eye(P)).logpdf(x) for c in range(K)]
    ) - np.log(K)  # fmt: skip


def test_the_regret_is_what_the_bound_lacks_of_the_evidence() -> None:
    before = np.asarray(bound(X, START, None))
    expected = np.array([evidence(x) for x in X]) - before
    np.testing.assert_allclose(measured(), expected, rtol=2e-3, atol=2e-2)
    assert (expected > 0.5).all()


def test_the_best_posterior_has_no_regret() -> None:
    precision = 1 + np.einsum("kpd,kpd->kd", WEIGHTS, WEIGHTS) / SIGMA**2
    mean = np.einsum("kpd,bkp->bkd", WEIGHTS, X[:, None] - BIASES) / SIGMA**2 / precision
    logits = np.array(
        [
            [
                multivariate_normal(BIASES[c], WEIGHTS[c] @ WEIGHTS[c].T + SIGMA**2 * np.eye(P)).logpdf(x)
                for c in range(K)
            ]
            for x in X
        ]
    )
    best = EncoderOutput(logits, mean, np.broadcast_to(-np.log(precision), mean.shape))
    model = ScoredModel(lambda _: EncoderOutput(*(jnp.asarray(f, jnp.float32) for f in best)), bound)
    np.testing.assert_allclose(measured(model=model, learning_rate=1e-3), 0, atol=1e-3)


@pytest.mark.parametrize("steps", [1, 3])
def test_an_input_is_scored_alone_and_by_its_seed(steps) -> None:
    def noisy(x, posterior, key):
        z = posterior.mean + jnp.exp(posterior.log_var / 2) * jax.random.normal(key, posterior.mean.shape)
        return bound(x, posterior._replace(mean=z), key)

    model = ScoredModel(encode, noisy)
    both = measured(steps=steps, samples=3, model=model)
    np.testing.assert_array_equal(measured(steps=steps, samples=3, model=model), both)
    order = [3, 1]
    np.testing.assert_allclose(
        measured(X[order], steps=steps, samples=3, model=model), both[order], rtol=1e-4
    )
    assert not np.allclose(measured(steps=steps, samples=3, model=model, seed=1), both)
