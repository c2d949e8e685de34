"""The heteroscedastic head and the penalty on its sigma against SciPy, closed forms and Monte Carlo."""

from __future__ import annotations

import math

import attrs
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rcmvae_plugins.heads.heteroscedastic import HeteroscedasticLikelihood, blend, heteroscedastic
from rcmvae_plugins.heads.params import HeteroscedasticParams
from rcmvae_plugins.losses.params import SigmaPenaltyParams
from rcmvae_plugins.losses.penalties import sigma_penalty
from scipy import stats

SHAPE = (2, 3, 1)
PIXELS = math.prod(SHAPE)
SCALES = ["image", "pixel"]
FEATURES = {"flat": (4, 5, 7), "spatial": (4, 5, 2, 3, 7)}
RNG = np.random.default_rng
X = jnp.asarray(RNG(3).uniform(size=(4, *SHAPE)), jnp.float32)
WEIGHTS = jnp.asarray(RNG(2).dirichlet(np.ones(5), 4), jnp.float32)


def random_likelihood(scale, channels=5):
    shape = (4, channels)
    mean = RNG(1).uniform(size=(*shape, *SHAPE))
    sigma = RNG(4).uniform(0.05, 0.5, shape if scale == "image" else (*shape, *SHAPE))
    return HeteroscedasticLikelihood(jnp.asarray(mean, jnp.float32), jnp.asarray(sigma, jnp.float32))


def make_head(make_context, **settings_):
    return heteroscedastic(HeteroscedasticParams(**settings_), make_context())


def full_sigma(likelihood):
    sigma = np.asarray(likelihood.sigma, np.float64)
    return np.broadcast_to(sigma.reshape(sigma.shape + (1,) * (5 - sigma.ndim)), likelihood.mean.shape)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("channels", [1, 5])
@pytest.mark.parametrize("beta", [0.0, 0.5])
def test_nll_is_scipys_over_every_pixel(make_context, scale, channels, beta):
    likelihood = random_likelihood(scale, channels)
    nll = make_head(make_context, scale=scale, beta=beta).negative_log_likelihood(likelihood, X, WEIGHTS)
    sigma, mean = full_sigma(likelihood), np.asarray(likelihood.mean)
    expected = [
        [-stats.norm.logpdf(X[b], mean[b, m], sigma[b, m]).sum() for m in range(channels)] for b in range(4)
    ]
    np.testing.assert_allclose(nll, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shape", FEATURES.values(), ids=FEATURES)
@pytest.mark.parametrize("scale", SCALES)
def test_sigma_comes_from_the_features(make_context, scale, shape):
    head = make_head(make_context, scale=scale)
    features = jax.random.normal(jax.random.key(0), shape)
    params = head.init(jax.random.key(1), features)
    kernel, bias = jax.tree.leaves(params["raw_sigma"])[::-1]
    kernel = jnp.asarray(RNG(0).normal(0, 3, kernel.shape), jnp.float32)
    named = {"bias": bias, "kernel": kernel}
    params |= {"raw_sigma": named if scale == "image" else {"Dense_0": named}}
    actual = head.apply(params, features).sigma
    h, w, b = (np.asarray(a, np.float64) for a in (features, kernel, bias))
    if scale == "image":
        h = h.mean(axis=(2, 3)) if h.ndim == 5 else h
        s = (h @ w + b)[..., 0]
    else:
        s = (h @ w + b).reshape(4, 5, *SHAPE)
    expected = np.clip(0.05 + np.log1p(np.exp(s)), 0.05, 0.5)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)
    assert np.unique(actual).size > 5
    assert actual.max() == np.float32(0.5)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(("low", "start", "high"), [(0.05, 0.2, 0.5), (1e-3, 0.3, 0.301), (0.1, 0.1001, 9.0)])
@pytest.mark.parametrize("shape", FEATURES.values(), ids=FEATURES)
def test_sigma_starts_where_asked_and_every_parameter_gets_a_gradient(  # noqa: PLR0917
    make_context, scale, low, start, high, shape
):
    head = make_head(make_context, scale=scale, sigma_min=low, sigma_start=start, sigma_max=high)
    features = jax.random.normal(jax.random.key(0), shape)
    params = head.init(jax.random.key(1), features)
    np.testing.assert_allclose(head.apply(params, features).sigma, start, rtol=1e-5)

    def loss(params):
        return head.negative_log_likelihood(head.apply(params, features), X, WEIGHTS).sum()

    gradient = jax.jit(jax.grad(loss))(params)
    assert all((leaf != 0).all() for leaf in jax.tree.leaves(gradient))


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(("raw", "sigma"), [(-1e4, 0.05), (-80.0, 0.05), (80.0, 0.5), (1e4, 0.5)])
def test_gradients_at_the_bounds_are_finite(make_context, scale, raw, sigma):
    head = make_head(make_context, scale=scale)
    features = jnp.ones((4, 5, 7))
    params = head.init(jax.random.key(1), features)
    params |= {"raw_sigma": jax.tree.map(lambda leaf: jnp.full_like(leaf, raw / 8), params["raw_sigma"])}

    def loss(params, features):
        return head.negative_log_likelihood(head.apply(params, features), X, WEIGHTS).sum()

    np.testing.assert_allclose(head.apply(params, features).sigma, sigma, rtol=1e-6)
    with jax.debug_nans(True):
        for_params, for_features = jax.jit(jax.grad(loss, argnums=(0, 1)))(params, features)
    assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves((for_params, for_features)))
    assert all(jnp.abs(leaf).max() < 1e-20 for leaf in jax.tree.leaves(for_params["raw_sigma"]))
    assert all((leaf != 0).any() for leaf in jax.tree.leaves(for_params["mean"]))


def test_the_best_sigma_of_an_image_is_its_root_mean_square_error(make_context):
    likelihood, head = random_likelihood("image"), make_head(make_context)

    def nll(sigma):
        return head.negative_log_likelihood(likelihood._replace(sigma=sigma), X, WEIGHTS).sum()

    error = jnp.mean((X[:, None] - likelihood.mean) ** 2, axis=(2, 3, 4))
    np.testing.assert_allclose(jax.grad(nll)(jnp.sqrt(error)), 0, atol=1e-3)
    assert (jax.grad(nll)(1.1 * jnp.sqrt(error)) > 0).all()
    assert (jax.grad(nll)(0.9 * jnp.sqrt(error)) < 0).all()


@pytest.mark.parametrize("scale", SCALES)
def test_log_sigma_per_image_counts_it_once(make_context, scale):
    likelihood = random_likelihood(scale)
    per_pixel, per_image = (
        make_head(make_context, scale=scale, log_sigma=name).negative_log_likelihood(likelihood, X, WEIGHTS)
        for name in ("per_pixel", "per_image")
    )
    logs = np.log(full_sigma(likelihood)).sum(axis=(2, 3, 4))
    np.testing.assert_allclose(per_pixel - per_image, logs * (1 - 1 / PIXELS), rtol=1e-3, atol=1e-4)


def test_log_sigma_per_image_drives_sigma_to_its_upper_bound(make_context):
    likelihood = random_likelihood("image")
    wrong = make_head(make_context, log_sigma="per_image")

    def nll(head, sigma):
        return head.negative_log_likelihood(likelihood._replace(sigma=sigma), X, WEIGHTS).sum()

    error = jnp.mean((X[:, None] - likelihood.mean) ** 2, axis=(2, 3, 4))
    # Its optimum is √P times too large.
    optimum = jnp.sqrt(PIXELS * error)
    np.testing.assert_allclose(jax.grad(lambda s: nll(wrong, s))(optimum), 0, atol=1e-3)
    assert (jax.grad(lambda s: nll(wrong, s))(jnp.sqrt(error)) < 0).all()


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("beta", [0.25, 1.0])
def test_beta_multiplies_gradients_and_nothing_else(make_context, scale, beta):
    likelihood = random_likelihood(scale)

    def gradient(beta):
        head = make_head(make_context, scale=scale, beta=beta)
        return jax.grad(lambda known: head.negative_log_likelihood(known, X, WEIGHTS).sum())

    factor = full_sigma(likelihood) ** (2 * beta)
    plain, scaled = gradient(0.0)(likelihood), gradient(beta)(likelihood)
    np.testing.assert_allclose(scaled.mean, factor * plain.mean, rtol=1e-4, atol=1e-5)
    of_sigma = factor if scale == "pixel" else factor[..., 0, 0, 0]
    np.testing.assert_allclose(scaled.sigma, of_sigma * plain.sigma, rtol=1e-4, atol=1e-3)
    if beta == 1:
        np.testing.assert_allclose(scaled.mean, likelihood.mean - X[:, None], rtol=1e-4, atol=1e-5)


def test_beta_leaves_the_gradient_of_the_selection(make_context):
    likelihood = random_likelihood("image")

    def for_weights(beta):
        head = make_head(make_context, beta=beta)
        return jax.grad(lambda s: (s * head.negative_log_likelihood(likelihood, X, s)).sum())(WEIGHTS)

    np.testing.assert_array_equal(for_weights(0.0), for_weights(1.0))


@pytest.mark.parametrize("scale", SCALES)
def test_blend_is_the_weighted_mean_of_both_parameters(scale):
    likelihood = random_likelihood(scale)
    blended = blend(likelihood, WEIGHTS)
    for ours, theirs in zip(blended, likelihood, strict=True):
        expected = [sum(float(WEIGHTS[b, m]) * np.asarray(theirs)[b, m] for m in range(5)) for b in range(4)]
        np.testing.assert_allclose(ours[:, 0], expected, rtol=1e-5)
        assert ours.shape == (4, 1, *theirs.shape[2:])


@pytest.mark.parametrize("scale", SCALES)
def test_a_blend_of_one_certain_channel_is_that_channel(make_context, scale):
    likelihood, head = random_likelihood(scale), make_head(make_context, scale=scale)
    one_hot = jnp.zeros((4, 5)).at[:, 3].set(1.0)
    blended = blend(likelihood, one_hot)
    nll = head.negative_log_likelihood(blended, X, jnp.ones((4, 1)))
    np.testing.assert_allclose(
        nll[:, 0], head.negative_log_likelihood(likelihood, X, WEIGHTS)[:, 3], rtol=1e-5
    )


@pytest.mark.parametrize("scale", SCALES)
def test_samples_have_the_mean_and_spread_of_the_likelihood(make_context, scale):
    count, one = 20_000, random_likelihood(scale)
    one = jax.tree.map(lambda leaf: leaf[:1], one)
    many = jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (count, *leaf.shape[1:])), one)
    drawn = np.asarray(make_head(make_context).sample(many, jax.random.key(0)), np.float64)
    sigma, mean = full_sigma(one)[0], np.asarray(one.mean)[0]
    assert (np.abs(drawn.mean(0) - mean) < 4.5 * sigma / np.sqrt(count)).all()
    assert (np.abs(drawn.std(0) - sigma) < 4.5 * sigma / np.sqrt(2 * count)).all()


@pytest.mark.parametrize("change", [{"sigma_start": 0.05}, {"sigma_start": 0.5}, {"sigma_min": 0.6}])
def test_a_sigma_born_on_its_bound_is_refused(change):
    with pytest.raises(
        ValueError, match=r"`sigma_start` must be greater than `sigma_min`, .* `sigma_max`, 0\.5, got"
    ):
        HeteroscedasticParams(**change)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    bounds=st.lists(st.floats(1e-3, 10), min_size=3, max_size=3, unique=True).map(sorted),
    raw=st.floats(-1e6, 1e6),
    distance=st.floats(-1, 1),
)
def test_sigma_stays_in_its_range_and_the_nll_is_finite(make_context, bounds, raw, distance):
    low, start, high = bounds
    params = HeteroscedasticParams(sigma_min=low, sigma_start=start, sigma_max=high)
    head = heteroscedastic(params, make_context(input_shape=(2,)))
    tree = head.init(jax.random.key(0), jnp.ones((1, 1, 1)))
    tree |= {"raw_sigma": {"bias": jnp.float32([raw]), "kernel": tree["raw_sigma"]["kernel"]}}
    likelihood = head.apply(tree, jnp.ones((1, 1, 1)))
    assert np.float32(low) <= likelihood.sigma.item() <= np.float32(high)
    x = likelihood.mean[:, 0] + distance
    nll = head.negative_log_likelihood(likelihood, x, jnp.ones((1, 1)))
    expected = -2 * stats.norm.logpdf(distance, 0, likelihood.sigma.item())
    np.testing.assert_allclose(nll.item(), expected, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("channels", [1, 5])
def test_sigma_penalty_by_enumeration(make_context, make_inputs, scale, channels):
    likelihood = random_likelihood(scale, channels)
    term = sigma_penalty(SigmaPenaltyParams(target=-1.2), make_context())
    actual = term(make_inputs(batch=4, likelihood=likelihood, weights=WEIGHTS))
    sigma = np.asarray(likelihood.sigma)
    expected = np.zeros(4)
    for b in range(4):
        for m in range(5):
            logs = [math.log(value) for value in sigma[b, m % channels].reshape(-1)]
            expected[b] += float(WEIGHTS[b, m]) * sum((v + 1.2) ** 2 for v in logs) / len(logs)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_sigma_penalty_pulls_towards_its_target(make_context, make_inputs):
    term = sigma_penalty(SigmaPenaltyParams(target=math.log(0.2)), make_context())

    def value(sigma):
        likelihood = random_likelihood("image")._replace(sigma=jnp.full((4, 5), sigma))
        return term(make_inputs(batch=4, likelihood=likelihood, weights=WEIGHTS)).sum()

    np.testing.assert_allclose(value(0.2), 0, atol=1e-10)
    assert jax.grad(value)(0.1) < 0 < jax.grad(value)(0.4)


def test_every_parameter_changes_the_result(make_context):
    features = jax.random.normal(jax.random.key(0), (4, 5, 7))

    def outcome(params):
        head = heteroscedastic(params, make_context())
        tree = head.init(jax.random.key(1), features)
        tree["raw_sigma"] = jax.tree.map(
            lambda leaf: leaf + 3 * jnp.cos(jnp.arange(leaf.size)).reshape(leaf.shape), tree["raw_sigma"]
        )

        def loss(tree):
            return head.negative_log_likelihood(head.apply(tree, features), X, WEIGHTS).sum()

        value, gradient = jax.value_and_grad(loss)(tree)
        return value, jnp.sum(jnp.stack([jnp.abs(leaf).sum() for leaf in jax.tree.leaves(gradient)]))

    default = HeteroscedasticParams()
    reference = outcome(default)
    changes = {
        "sigma_min": 0.1,
        "sigma_max": 0.4,
        "sigma_start": 0.3,
        "scale": "pixel",
        "log_sigma": "per_image",
        "beta": 0.5,
    }
    assert set(changes) == {field.name for field in attrs.fields(HeteroscedasticParams)}
    for name, value in changes.items():
        actual = outcome(attrs.evolve(default, **{name: value}))
        assert not np.allclose(actual, reference, rtol=1e-4), name
