"""Losses of channel probabilities, logits and embeddings against scipy, loops and closed forms."""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rcmvae_plugins.losses.channel_densities import dirichlet, logit_mog
from rcmvae_plugins.losses.entropies import responsibility_entropy, usage_entropy
from rcmvae_plugins.losses.params import DirichletParams, EmbeddingRepulsionParams, LogitMogParams
from rcmvae_plugins.losses.penalties import embedding_repulsion
from scipy import stats
from scipy.special import gammaln, logsumexp

from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import EncoderOutput

B, K, E = 3, 5, 4
RNG = np.random.default_rng(0)
LOGITS = jnp.asarray(RNG.normal(0, 2, (B, K)), jnp.float32)
EMBEDDINGS = jnp.asarray(RNG.normal(size=(K, E)), jnp.float32)
ACTIVE = jnp.array([True, True, False, True, False])
SOME = np.flatnonzero(ACTIVE)


def masked(logits, active=ACTIVE, low=-1e9):
    return jnp.where(active, jax.nn.log_softmax(jnp.where(active, logits, low)), low)


def some_q(logits=LOGITS):
    return np.asarray(jax.nn.softmax(logits[:, SOME]), np.float64)


def of_logits(logits):
    nothing = jnp.zeros((len(logits), K, 2))
    return EncoderOutput(logits, nothing, nothing)


def test_responsibility_entropy_is_scipys(make_context, make_inputs):
    term = responsibility_entropy(NoParams(), make_context())
    actual = term(make_inputs(log_responsibilities=masked(LOGITS), active=ACTIVE))
    np.testing.assert_allclose(actual, stats.entropy(some_q(), axis=1), rtol=1e-5)


@pytest.mark.parametrize("low", [-jnp.inf, -1e9])
def test_responsibility_entropy_of_locked_and_extreme_logits_has_a_gradient(make_context, make_inputs, low):
    term = responsibility_entropy(NoParams(), make_context())

    def value(logits):
        return term(make_inputs(log_responsibilities=masked(logits, low=low), active=ACTIVE)).sum()

    gradient = jax.grad(value)(LOGITS)
    q = some_q()
    expected = -q * (np.log(q) + stats.entropy(q, axis=1)[:, None])
    np.testing.assert_allclose(gradient[:, SOME], expected, atol=1e-6)
    assert (gradient[:, ~ACTIVE] == 0).all()
    extreme, gradient = jax.value_and_grad(value)(jnp.array([[1e4, -1e4, 3e4, 0, 0]]))
    assert extreme == 0
    assert jnp.isfinite(gradient).all()


def test_information_is_that_of_the_joint_table(make_context, make_inputs):
    q = jax.nn.softmax(LOGITS)
    inputs = make_inputs(log_responsibilities=jnp.log(q), usage=q.mean(0))
    usage, each = (
        usage_entropy(NoParams(), make_context()),
        responsibility_entropy(NoParams(), make_context()),
    )
    joint = np.asarray(q, np.float64) / B
    independent = joint.sum(0) * joint.sum(1, keepdims=True)
    np.testing.assert_allclose(
        usage(inputs).mean() - each(inputs).mean(), (joint * np.log(joint / independent)).sum(), rtol=1e-5
    )


@pytest.mark.parametrize("alpha", [0.3, 1.0, 7.0])
@pytest.mark.parametrize("on", ["pi", "responsibilities"])
def test_dirichlet_is_scipys_without_its_constant(make_context, make_inputs, alpha, on):
    term = dirichlet(DirichletParams(alpha=alpha, on=on), make_context())
    log_q = masked(LOGITS)
    actual = term(make_inputs(log_responsibilities=log_q, log_pi=log_q[0], active=ACTIVE))
    count = len(SOME)
    constant = gammaln(count * alpha) - count * gammaln(alpha)
    rows = [0] * B if on == "pi" else range(B)
    expected = [
        constant - stats.dirichlet.logpdf(some_q()[row] / some_q()[row].sum(), [alpha] * count)
        for row in rows
    ]
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("on", ["pi", "responsibilities"])
def test_dirichlet_gradient_is_bounded_and_none_for_locked_channels(make_context, make_inputs, on):
    term = dirichlet(DirichletParams(alpha=3.0, on=on), make_context())

    def value(logits):
        log_v = masked(logits)
        return term(make_inputs(1, log_responsibilities=log_v, log_pi=log_v[0], active=ACTIVE)).sum()

    for logits in (LOGITS[:1], jnp.array([[1e4, -1e4, 3e4, 0, -3e4]])):
        # d/dl_j of -(α - 1) Σ_c log softmax(l)_c is -(α - 1) (1 - A q_j).
        expected = np.zeros((1, K))
        expected[:, SOME] = -2 * (1 - len(SOME) * some_q(logits))
        np.testing.assert_allclose(jax.grad(value)(logits), expected, atol=1e-5)
        assert jnp.isfinite(value(logits))


def test_only_a_dirichlet_on_pi_needs_a_learned_one():
    assert DirichletParams(on="pi").capabilities().requires == ("prior.learned_pi",)
    assert DirichletParams(on="responsibilities").capabilities().requires == ()


def mixture_of_corners(logits, mean, sigma):
    """The definition, over the given coordinates."""
    count = logits.shape[1]
    densities = [
        stats.multivariate_normal(mean * np.eye(count)[k], sigma**2).logpdf(logits) for k in range(count)
    ]
    return -logsumexp(densities, axis=0) + np.log(count)


@pytest.mark.parametrize(("mean", "sigma"), [(5.0, 1.0), (0.0, 2.0), (20.0, 0.05), (3.0, 10.0)])
def test_logit_mog_is_the_mixture_of_the_unlocked(make_context, make_inputs, mean, sigma):
    term = logit_mog(LogitMogParams(mean=mean, sigma=sigma), make_context())
    wild = LOGITS.at[:, 2].set(1e30).at[:, 4].set(-jnp.inf)
    actual = term(make_inputs(encoder_output=of_logits(wild), active=ACTIVE))
    exact = mixture_of_corners(np.asarray(LOGITS, np.float64)[:, SOME], mean, sigma)
    np.testing.assert_allclose(actual, exact, rtol=1e-5)


def test_logit_mog_keeps_its_digits_at_a_corner(make_context, make_inputs):
    term = logit_mog(LogitMogParams(mean=100.0, sigma=0.01), make_context())
    near = 100 * jnp.eye(K)[:1] + 0.01 * LOGITS[:1]
    # What float32 can hold of the logits; their squares over the variance are near 1e8.
    exact = mixture_of_corners(np.asarray(near, np.float64), 100.0, 0.01)
    np.testing.assert_allclose(term(make_inputs(1, encoder_output=of_logits(near))), exact, rtol=1e-3)


@settings(
    deadline=None,
    max_examples=30,
    # The fixtures make things, and keep none.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    logits=st.lists(st.sampled_from([-1e4, -2.0, 0.0, 0.5, 3.0, 1e4]), min_size=K, max_size=K),
    mean=st.sampled_from([0.0, 4.0]),
)
def test_logit_mog_gradient_is_that_of_the_definition(make_context, make_inputs, logits, mean):
    term = logit_mog(LogitMogParams(mean=mean, sigma=2.0), make_context())
    row = jnp.array([logits])

    def value(row):
        return term(make_inputs(1, encoder_output=of_logits(row), active=ACTIVE)).sum()

    gradient = np.asarray(jax.grad(value)(row))
    kept = np.asarray(row, np.float64)[:, SOME]
    nearest = np.exp(kept * mean / 4 - logsumexp(kept * mean / 4, axis=1, keepdims=True))
    np.testing.assert_allclose(gradient[:, SOME], (kept - mean * nearest) / 4, rtol=1e-4, atol=1e-5)
    assert (gradient[:, [2, 4]] == 0).all()


@pytest.mark.parametrize("bandwidth", [0.5, 2.0])
def test_embedding_repulsion_is_the_mean_over_pairs(make_context, make_inputs, bandwidth):
    term = embedding_repulsion(EmbeddingRepulsionParams(bandwidth=bandwidth), make_context())
    actual = term(make_inputs(embeddings=EMBEDDINGS, active=ACTIVE))
    e = np.asarray(EMBEDDINGS, np.float64)
    pairs = [
        np.exp(-((e[i] - e[j]) ** 2).mean() / (2 * bandwidth**2)) for i, j in itertools.combinations(SOME, 2)
    ]
    np.testing.assert_allclose(actual, [np.mean(pairs)] * B, rtol=1e-5)


def test_embedding_repulsion_pushes_apart_and_leaves_locked_channels_alone(make_context, make_inputs):
    term = embedding_repulsion(EmbeddingRepulsionParams(), make_context())

    def value(embeddings):
        return term(make_inputs(embeddings=embeddings, active=ACTIVE)).mean()

    gradient = jax.grad(value)(EMBEDDINGS)
    assert (gradient[~ACTIVE] == 0).all()
    assert (jnp.abs(gradient[ACTIVE]).sum(-1) > 0).all()
    moved = EMBEDDINGS - 0.1 * gradient
    before, after = (
        np.asarray([jnp.sum((e[0] - e[j]) ** 2) for j in (1, 3)]).sum() for e in (EMBEDDINGS, moved)
    )
    assert after > before


def test_embedding_repulsion_at_its_extremes(make_context, make_inputs):
    term = embedding_repulsion(EmbeddingRepulsionParams(), make_context())

    def value(embeddings, active=ACTIVE):
        return term(make_inputs(embeddings=embeddings, active=active)).mean()

    np.testing.assert_allclose(value(jnp.ones((K, E))), 1, rtol=1e-6)
    assert value(EMBEDDINGS, jnp.arange(K) == 0) == 0
    for embeddings in (jnp.ones((K, E)), 1e6 * EMBEDDINGS):
        assert jnp.isfinite(jax.grad(value)(embeddings)).all()
