"""Loss terms against loops over channels, scipy, and each other."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.heads.bernoulli import BernoulliLikelihood, blend, negative_log_likelihood
from rcmvae_plugins.losses.elbo import kl_channel, kl_latent, reconstruction
from rcmvae_plugins.losses.entropies import usage_entropy
from rcmvae_plugins.losses.params import KlLatentParams, ReconstructionParams, SupervisedParams
from rcmvae_plugins.losses.supervised import supervised
from scipy import stats
from scipy.special import rel_entr

from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import EncoderOutput, LabelledBatch

B, K, Y = 3, 5, 4
RNG = np.random.default_rng(0)
LOGITS = jnp.asarray(RNG.normal(0, 2, (B, K)), jnp.float32)
Q = jax.nn.softmax(LOGITS)
VALUES = jnp.asarray(RNG.uniform(0, 50, (B, K)), jnp.float32)
LOG_PI = jnp.asarray(np.log(RNG.dirichlet(np.ones(K))), jnp.float32)
TAU = jnp.asarray(RNG.dirichlet(np.ones(Y), K), jnp.float32)
TAU_TABLE = np.asarray(TAU)
INFERENCE = EncoderOutput(LOGITS, jnp.zeros((B, K, 2)), jnp.zeros((B, K, 2)))
LOW = [-jnp.inf, -1e9]


def masked(logits, active, low):
    return jnp.where(active, jax.nn.log_softmax(jnp.where(active, logits, low)), low)


def test_reconstruction_expected_is_the_loop(make_context, make_inputs):
    term = reconstruction(ReconstructionParams(), make_context())
    actual = term(make_inputs(weights=Q, nll=VALUES))
    q, nll = np.asarray(Q), np.asarray(VALUES)
    expected = [sum(q[b, k] * nll[b, k] for k in range(K)) for b in range(B)]
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_reconstruction_expected_of_one_column_is_that_column(make_context, make_inputs):
    term = reconstruction(ReconstructionParams(), make_context())
    np.testing.assert_allclose(term(make_inputs(weights=Q, nll=VALUES[:, :1])), VALUES[:, 0], rtol=1e-5)


def test_reconstruction_blended_is_the_cores_value(make_context, make_inputs):
    term = reconstruction(ReconstructionParams(mode="blended"), make_context())
    assert jnp.array_equal(term(make_inputs(weights=Q, nll=VALUES, blended_nll=VALUES[:, 0])), VALUES[:, 0])


def test_blended_reconstruction_is_at_most_the_expected_one():
    rng = np.random.default_rng(1)
    likelihood = BernoulliLikelihood(jnp.asarray(rng.normal(0, 3, (B, K, 7)), jnp.float32))
    x = jnp.asarray(rng.uniform(size=(B, 7)), jnp.float32)

    @jax.jit
    def both():
        blended = negative_log_likelihood(blend(likelihood, Q), x, jnp.ones((B, 1)))[:, 0]
        return blended, (Q * negative_log_likelihood(likelihood, x, Q)).sum(-1)

    blended, expected = both()
    assert (blended < expected).all()


@pytest.mark.parametrize("reduce", ["expected", "sum"])
def test_kl_latent_is_the_loop(make_context, make_inputs, reduce):
    actual = kl_latent(KlLatentParams(reduce=reduce), make_context())(
        make_inputs(responsibilities=Q, kl=VALUES)
    )
    kl = np.asarray(VALUES)
    weight = np.asarray(Q) if reduce == "expected" else np.ones((B, K))
    expected = [sum(weight[b, k] * kl[b, k] for k in range(K)) for b in range(B)]
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_kl_latent_of_one_shared_latent_is_its_kl(make_context, make_inputs):
    term = kl_latent(KlLatentParams(), make_context(layout="shared"))
    np.testing.assert_allclose(
        term(make_inputs(responsibilities=Q, kl=VALUES[:, :1])), VALUES[:, 0], rtol=1e-5
    )


@pytest.mark.parametrize("reduce", ["expected", "sum"])
def test_kl_latent_of_locked_channels_is_neither_counted_nor_moved(make_context, make_inputs, reduce):
    active = jnp.array([True, False, True, True, False])
    q = jnp.exp(masked(LOGITS, active, -1e9))
    term = kl_latent(KlLatentParams(reduce=reduce), make_context())

    def value(kl):
        return term(make_inputs(responsibilities=q, kl=kl, active=active)).sum()

    weight = np.asarray(q) if reduce == "expected" else np.broadcast_to(active, (B, K))
    np.testing.assert_allclose(value(VALUES), (weight * np.asarray(VALUES)).sum(), rtol=1e-5)
    np.testing.assert_allclose(jax.grad(value)(VALUES), weight, rtol=1e-6)
    assert jnp.isfinite(value(VALUES.at[:, 1].set(jnp.inf)))


@pytest.mark.parametrize(("reduce", "conflicts"), [("sum", ("layout.shared",)), ("expected", ())])
def test_only_the_sum_refuses_a_shared_latent(reduce, conflicts):
    assert KlLatentParams(reduce=reduce).capabilities().conflicts == conflicts


def test_kl_channel_is_scipys(make_context, make_inputs):
    term = kl_channel(NoParams(), make_context())
    actual = term(make_inputs(log_responsibilities=jnp.log(Q), log_pi=LOG_PI))
    np.testing.assert_allclose(actual, stats.entropy(Q, jnp.exp(LOG_PI)[None], axis=1), rtol=1e-4)
    np.testing.assert_allclose(actual, rel_entr(Q, jnp.exp(LOG_PI)).sum(-1), rtol=1e-4)


@pytest.mark.parametrize("low", LOW)
def test_kl_channel_of_locked_channels_is_finite_with_zero_gradient(make_context, make_inputs, low):
    active = jnp.array([True, True, False, True, False])
    term = kl_channel(NoParams(), make_context())

    def value(logits):
        log_q = masked(logits, active, low)
        return term(make_inputs(log_responsibilities=log_q, log_pi=LOG_PI)).sum()

    q = np.asarray(jax.nn.softmax(jnp.where(active, LOGITS, -jnp.inf)))
    np.testing.assert_allclose(value(LOGITS), rel_entr(q, np.exp(LOG_PI)).sum(), rtol=1e-4)
    gradient = jax.jit(jax.grad(value))(LOGITS)
    assert np.isfinite(gradient).all()
    assert (gradient[:, ~active] == 0).all()
    assert (gradient[:, active] != 0).all()


def test_kl_channel_falls_to_zero_at_the_unlocked_pi(make_context, make_inputs):
    active = jnp.array([True, True, False, True, False])
    log_pi = masked(LOG_PI, active, -1e9)
    term = kl_channel(NoParams(), make_context())

    def value(logits, log_pi):
        return term(make_inputs(1, log_responsibilities=masked(logits, active, -1e9), log_pi=log_pi)).sum()

    assert abs(value(LOG_PI[None], log_pi)) < 1e-6
    moved, pi_gradient = jax.grad(value, argnums=(0, 1))(LOGITS[:1], log_pi)
    assert (moved[:, ~active] == 0).all()
    assert (pi_gradient[~active] == 0).all()


def test_kl_channel_survives_extreme_logits(make_context, make_inputs):
    term = kl_channel(NoParams(), make_context())

    def value(logits):
        return term(make_inputs(1, log_responsibilities=jax.nn.log_softmax(logits), log_pi=LOG_PI)).sum()

    actual, gradient = jax.jit(jax.value_and_grad(value))(jnp.array([[1e4, -1e4, 0, 0, 0]]))
    np.testing.assert_allclose(actual, -LOG_PI[0], rtol=1e-5)
    assert np.isfinite(gradient).all()


def test_usage_entropy_is_scipys_for_every_example(make_context, make_inputs):
    term = usage_entropy(NoParams(), make_context())
    actual = term(make_inputs(usage=Q[0]))
    np.testing.assert_allclose(actual, np.full(B, stats.entropy(Q[0])), rtol=1e-5)


def test_usage_entropy_gradient_is_minus_one_minus_log(make_context, make_inputs):
    term = usage_entropy(NoParams(), make_context())
    gradient = jax.grad(lambda usage: term(make_inputs(usage=usage)).mean())
    np.testing.assert_allclose(gradient(Q[0]), -1 - np.log(Q[0]), rtol=1e-4)
    unused = jnp.array([0.0, 0.25, 0.75, 0.0, 0.0])
    np.testing.assert_allclose(gradient(unused), [0, -1 - np.log(0.25), -1 - np.log(0.75), 0, 0], rtol=1e-5)
    np.testing.assert_allclose(term(make_inputs(usage=unused))[0], stats.entropy([0.25, 0.75]), rtol=1e-5)


def test_descending_the_usage_entropy_sparsifies(make_context, make_inputs):
    term = usage_entropy(NoParams(), make_context())

    def value(logits):
        return term(make_inputs(usage=jax.nn.softmax(logits).mean(0))).mean()

    assert value(LOGITS - 0.5 * jax.jit(jax.grad(value))(LOGITS)) < value(LOGITS)


@pytest.mark.parametrize("low", LOW)
@pytest.mark.parametrize("unlocked", [1, 3, 5])
def test_supervised_is_the_loop(make_context, make_inputs, low, unlocked):
    active, labels = jnp.arange(K) < unlocked, np.array([2, 0, 3])
    term = supervised(SupervisedParams(), make_context())

    def value(logits):
        return term(
            make_inputs(
                labelled=LabelledBatch(INFERENCE, masked(logits, active, low), jnp.asarray(labels), TAU)
            )
        )

    q = np.asarray(jax.nn.softmax(jnp.where(active, LOGITS, -jnp.inf)), np.float64)
    expected = [-np.log(sum(q[b, c] * TAU_TABLE[c, labels[b]] for c in range(K))) for b in range(B)]
    np.testing.assert_allclose(value(LOGITS), expected, rtol=1e-5)
    gradient = jax.grad(lambda logits: value(logits).sum())(LOGITS)
    assert np.isfinite(gradient).all()
    assert (gradient[:, unlocked:] == 0).all()


def test_supervised_survives_extreme_logits_and_a_sharp_tau(make_context, make_inputs):
    tau = jnp.eye(K, Y) * (1 - 1e-6) + 1e-7
    logits = jnp.array([[1e4, -1e4, 0, 0, 0]])
    term = supervised(SupervisedParams(), make_context())

    def value(logits):
        return term(
            make_inputs(labelled=LabelledBatch(INFERENCE, jax.nn.log_softmax(logits), jnp.array([1]), tau))
        ).sum()

    actual, gradient = jax.jit(jax.value_and_grad(value))(logits)
    np.testing.assert_allclose(actual, -np.log(1e-7), rtol=1e-4)
    assert np.isfinite(gradient).all()


def test_supervised_takes_the_mean_of_both_views(make_context, make_inputs):
    x, weights = (jnp.asarray(RNG.normal(size=shape), jnp.float32) for shape in ((6, 3), (3, 5)))
    tau, labels = jnp.asarray(RNG.dirichlet(np.ones(4), 5), jnp.float32), jnp.arange(6) % 4
    empty = jnp.zeros((6, 5, 1))
    encoded = EncoderOutput(empty[..., 0], empty, empty)
    labelled = LabelledBatch(encoded, jax.nn.log_softmax(x @ weights), labels, tau, x)
    inputs = make_inputs(labelled=labelled, infer=lambda other: jax.nn.log_softmax(other @ weights))
    term = supervised(SupervisedParams(augmentation=lambda x, _: 1 - x), make_context())
    for i, value in enumerate(term(inputs)):
        views = [np.exp(view @ weights) / np.exp(view @ weights).sum() for view in (x[i], 1 - x[i])]
        both = [-np.log(q @ np.asarray(tau)[:, labels[i]]) for q in views]
        assert value == pytest.approx(np.mean(both), rel=1e-4)


def test_supervised_without_labels_says_so(make_context, make_inputs):
    with pytest.raises(ValueError, match="needs a labelled batch"):
        supervised(SupervisedParams(), make_context())(make_inputs())


TERMS = {
    "expected": (reconstruction, ReconstructionParams()),
    "blended": (reconstruction, ReconstructionParams(mode="blended")),
    "kl_latent": (kl_latent, KlLatentParams()),
    "kl_latent sum": (kl_latent, KlLatentParams(reduce="sum")),
    "kl_channel": (kl_channel, NoParams()),
    "usage_entropy": (usage_entropy, NoParams()),
    "supervised": (supervised, SupervisedParams()),
}


@pytest.mark.parametrize(("build", "params"), TERMS.values(), ids=TERMS)
def test_every_term_is_one_float32_for_each_example_under_jit(make_context, make_inputs, build, params):
    term = build(params, make_context())
    inputs = make_inputs(
        weights=Q,
        nll=VALUES,
        blended_nll=VALUES[:, 0],
        kl=VALUES,
        log_pi=LOG_PI,
        log_responsibilities=jnp.log(Q),
        usage=Q[0],
        labelled=LabelledBatch(INFERENCE, jnp.log(Q), jnp.array([0, 1, 2]), TAU),
    )
    actual = jax.jit(term)(inputs)
    assert actual.shape == (B,)
    assert actual.dtype == jnp.float32
