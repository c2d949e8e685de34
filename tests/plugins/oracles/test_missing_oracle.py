"""Likelihoods of inputs with missing values, and imputation: against SciPy and the conditional of a Gaussian mixture."""

from __future__ import annotations

import attrs
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.heads.bernoulli import bernoulli
from rcmvae_plugins.heads.categorical import categorical
from rcmvae_plugins.heads.gaussian import gaussian
from rcmvae_plugins.heads.heteroscedastic import heteroscedastic
from rcmvae_plugins.heads.negative_binomial import negative_binomial, zero_inflated_negative_binomial
from rcmvae_plugins.heads.params import (
    CategoricalParams,
    GaussianParams,
    HeteroscedasticParams,
    NegativeBinomialParams,
    PoissonParams,
    TableParams,
)
from rcmvae_plugins.heads.poisson import poisson
from rcmvae_plugins.heads.table import table
from rcmvae_plugins.priors._normal import log_density
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, norm

from rcmvae_core.inference.imputation import impute_batch
from rcmvae_core.model.importance import weighted_samples
from rcmvae_core.model.missing import encoder_context, fill_means, seeing_gaps
from rcmvae_core.model.model import ModelParts
from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import BuildContext, ColumnBlock, EncoderOutput, Head, Net, Prior, Units
from rcmvae_core.training.state import TrainState
from tests.plugins.nets import context, normal

F, B, M = 6, 5, 2
BLOCKS = (
    ColumnBlock("number", center=0.5, spread=0.2), ColumnBlock("positive", center=0.1, spread=0.5),
    ColumnBlock("count"), ColumnBlock("ordinal", levels=(0.0, 1.0)), ColumnBlock("category", 2),
)  # fmt: skip
COUNTS = attrs.evolve(context((F,)), missing=True, units=Units(spread=(20.0,), total=30.0))
PLAIN = attrs.evolve(context((F,)), missing=True)
CASES = {
    "bernoulli": lambda c: bernoulli(NoParams(), c),
    "categorical": lambda c: categorical(CategoricalParams(5), c),
    "gaussian": lambda c: gaussian(GaussianParams("learned"), c),
    "optimal": lambda c: gaussian(GaussianParams("optimal"), c),
    "image sigma": lambda c: heteroscedastic(HeteroscedasticParams(), c),
    "pixel sigma": lambda c: heteroscedastic(HeteroscedasticParams(scale="pixel", beta=0.5), c),
    "poisson": lambda c: poisson(PoissonParams("none"), attrs.evolve(c, units=COUNTS.units)),
    "binomial": lambda c: negative_binomial(
        NegativeBinomialParams("none"), attrs.evolve(c, units=COUNTS.units)
    ),
    "zeros": lambda c: zero_inflated_negative_binomial(
        NegativeBinomialParams("none"), attrs.evolve(c, units=COUNTS.units)
    ),
    "table": lambda c: table(TableParams(), attrs.evolve(c, columns=BLOCKS)),
}
COLUMNS = {"table": [[0], [1], [2], [3], [4, 5]]}


def inputs(name: str) -> np.ndarray:
    rng = np.random.default_rng(1)
    x = np.float32(rng.integers(0, 21, (B, F)) / 20)
    if name == "table":
        x[:, 2], x[:, 3] = rng.poisson(2, B), rng.integers(0, 2, B)
        x[:, 4:] = np.eye(2)[rng.integers(0, 2, B)]
    return x


def built(name: str, place=PLAIN):
    head = CASES[name](place)
    h = normal(B, M, 4)
    params = head.init(jax.random.key(0), h)
    params = jax.tree.map(lambda leaf: leaf + 0.3 * normal(*leaf.shape, seed=leaf.size), params)
    return head, head.apply(params, h), params, h


def nll(head, likelihood, x) -> np.ndarray:
    return np.asarray(head.negative_log_likelihood(likelihood, jnp.asarray(x), jnp.full((B, M), 1 / M)))


@pytest.mark.parametrize("name", sorted(set(CASES) - {"optimal"}))
def test_whole_rows_count_as_ever_and_missing_columns_for_nothing(name):
    x = inputs(name)
    head, likelihood, _, _ = built(name)
    plain = built(name, attrs.evolve(PLAIN, missing=False))[0]
    whole = nll(plain, likelihood, x)
    np.testing.assert_allclose(nll(head, likelihood, x), whole, rtol=1e-6)
    columns = COLUMNS.get(name, [[f] for f in range(F)])
    alone = []
    for column in columns:  # the likelihood factorises over columns
        only = np.full_like(x, np.nan)
        only[:, column] = x[:, column]
        alone.append(nll(head, likelihood, only))
    np.testing.assert_allclose(np.sum(alone, axis=0), whole, rtol=2e-5, atol=1e-5)
    some = x.copy()
    some[:, [f for column in columns[1:3] for f in column]] = np.nan
    np.testing.assert_allclose(nll(head, likelihood, some), whole - alone[1] - alone[2], rtol=2e-5, atol=1e-5)
    np.testing.assert_allclose(nll(head, likelihood, np.full_like(x, np.nan)), 0.0, atol=1e-6)


@pytest.mark.parametrize("name", sorted(CASES))
def test_gradients_are_finite_and_do_not_depend_on_what_stands_behind_a_gap(name):
    x = inputs(name)
    x[0, :3], x[1], x[2, 4:] = np.nan, np.nan, np.nan
    head, _, params, h = built(name)

    def total(params, h):
        likelihood = head.apply(params, h)
        return head.negative_log_likelihood(likelihood, jnp.asarray(x), jnp.full((B, M), 1 / M)).sum()

    value, gradients = jax.value_and_grad(total, argnums=(0, 1))(params, h)
    assert np.isfinite(value)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(gradients))
    assert (np.asarray(gradients[1][1]) == 0).all()  # of a row without any value


def test_the_optimal_sigma_is_that_of_the_observed_values():
    x = inputs("gaussian")
    x[0, :3], x[3, 5] = np.nan, np.nan
    head, likelihood, _, _ = built("optimal")
    mean = np.asarray(likelihood.mean, np.float64)
    error = (x[:, None] - mean) ** 2
    sigma = np.sqrt(np.nanmean(error))
    expected = -np.nansum(norm.logpdf(x[:, None], mean, sigma), axis=2)
    np.testing.assert_allclose(nll(head, likelihood, x), expected, rtol=1e-5)


def test_an_encoder_sees_zeros_for_gaps_and_which_they_are():
    seen = []
    net = Net(lambda _, x: seen.append(x), lambda _, x: x)
    x = jnp.array([[1.0, jnp.nan, -2.0]])
    wrapped = seeing_gaps(net, PLAIN)
    np.testing.assert_array_equal(wrapped.apply({}, x), [[1, 0, -2, 1, 0, 1]])
    wrapped.init(jax.random.key(0), x)
    np.testing.assert_array_equal(seen[0], [[1, 0, -2, 1, 0, 1]])
    assert encoder_context(PLAIN).input_shape == (2 * F,)
    assert not encoder_context(PLAIN).missing
    whole = attrs.evolve(PLAIN, missing=False)
    assert seeing_gaps(net, whole) is net
    assert encoder_context(whole) is whole
    with pytest.raises(ValueError, match="cannot have missing values"):
        encoder_context(attrs.evolve(context((4, 4, 1)), missing=True))


def test_training_inputs_are_filled_with_means():
    x = jnp.array([[1.0, jnp.nan, jnp.nan], [3.0, 5.0, jnp.nan]])
    np.testing.assert_array_equal(fill_means(x, PLAIN), [[1, 5, 0], [3, 5, 0]])


# Imputation by a mixture of factor analysers, of which every conditional is known.
K, D, SIGMA = 2, 2, 0.4
RNG = np.random.default_rng(3)
LOADINGS, OFFSETS = RNG.normal(size=(K, F, D)), RNG.normal(size=(K, F))
PI = np.array([0.6, 0.4])


def conditional(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of the missing values of one row given the observed ones."""
    seen, gaps = ~np.isnan(x), np.isnan(x)
    log_joint, means, variances = [], [], []
    for c in range(K):
        covariance = LOADINGS[c] @ LOADINGS[c].T + SIGMA**2 * np.eye(F)
        gain = np.linalg.solve(covariance[np.ix_(seen, seen)], covariance[np.ix_(seen, gaps)]).T
        means.append(OFFSETS[c][gaps] + gain @ (x[seen] - OFFSETS[c][seen]))
        variances.append(np.diag(covariance[np.ix_(gaps, gaps)] - gain @ covariance[np.ix_(seen, gaps)]))
        known = multivariate_normal(OFFSETS[c][seen], covariance[np.ix_(seen, seen)])
        log_joint.append(known.logpdf(x[seen]) + np.log(PI[c]))
    weights = np.exp(log_joint - logsumexp(log_joint))
    mean = weights @ np.array(means)
    return mean, np.sqrt(weights @ (np.array(variances) + np.square(means)) - mean**2)


def of_factors() -> ModelParts:
    """Return the model p(c) = π, p(z|c) = N(0, I), p(x|z, c) = N(W_c z + b_c, σ² I), with a broad proposal."""

    def decode(params, latents, embeddings):
        del params
        channels = embeddings[..., 0].astype(int)
        z = jnp.broadcast_to(latents, (*jnp.broadcast_shapes(latents.shape[:2], channels.shape), D))
        return (
            jnp.einsum("bmfd,bmd->bmf", jnp.asarray(LOADINGS)[channels], z) + jnp.asarray(OFFSETS)[channels]
        )

    def of_observed(mean, x, weights):
        del weights
        terms = jnp.square((x[:, None] - mean) / SIGMA) / 2 + jnp.log(SIGMA * jnp.sqrt(2 * jnp.pi))
        return jnp.where(jnp.isnan(x)[:, None], 0.0, terms).sum(axis=-1)

    def encode(params, x):
        del params
        logits = jnp.broadcast_to(jnp.log(jnp.array([0.5, 0.5])), (len(x), K))
        return EncoderOutput(logits, jnp.zeros((len(x), K, D)), jnp.full((len(x), K, D), 0.4))

    def sample(mean, key):
        return mean + SIGMA * jax.random.normal(key, mean.shape)

    def log_prob(params, latents, *, encode):
        del params, encode
        return jnp.broadcast_to(log_density(latents, jnp.zeros((K, D)), jnp.zeros(())), (latents.shape[0], K))

    def nothing(*_, **__):
        return {}

    head = Head(nothing, lambda _, features: features, of_observed, nothing, sample, nothing)
    return ModelParts(
        context=BuildContext((F,), 1, 0, 0, K, D, 1, "decentralized", 1, 1, missing=True),
        encoder=Net(nothing, encode),
        prior=Prior(nothing, lambda _: jnp.log(jnp.asarray(PI)), nothing, nothing, log_prob=log_prob),
        routing=nothing, backbone=Net(nothing, decode), head=head, terms={}, classifier=None, augmentations=(),
        augmented="all", curricula=(), usage_decay=0.9, kl_includes_channel=False,
    )  # fmt: skip


def test_imputation_is_the_conditional_of_a_mixture_of_factor_analysers():
    params = {"encoder": {}, "prior": {}, "backbone": {}, "head": {}, "embeddings": jnp.arange(K)[:, None]}
    x = RNG.normal(size=(4, F))
    x[0, [1, 2]], x[1, 5], x[2, :4] = np.nan, np.nan, np.nan

    @jax.jit
    def draws(state, x, key):
        del state
        return weighted_samples(of_factors(), params, x, active=jnp.ones(K, bool), key=key, samples=256)

    no_state = TrainState(*[None] * len(TrainState._fields))
    with jax.enable_x64(True):
        imputed = impute_batch(draws, [no_state], x, x, np.asarray, key=jax.random.key(0), samples=16_384)
    assert (imputed.values[3] == x[3]).all()
    assert (imputed.sd[~np.isnan(x)] == 0).all()
    assert (imputed.effective[:3] > 300).all()
    for row in range(3):
        mean, sd = conditional(x[row])
        gaps, count = np.isnan(x[row]), imputed.effective[row]
        assert (np.abs(imputed.values[row, gaps] - mean) < 4.5 * sd / np.sqrt(count)).all()
        assert (np.abs(imputed.sd[row, gaps] / sd - 1) < 4.5 / np.sqrt(count)).all()
