"""The variational mixture of posteriors against quadrature, loops and scikit-learn."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from rcmvae_plugins.priors._pseudo_inputs import HIGH, LOW, bounded, improve, kmeans, seeds, start, unbounded
from rcmvae_plugins.priors.params import VampParams
from rcmvae_plugins.priors.vamp import vamp
from scipy import stats
from scipy.special import logsumexp
from sklearn.cluster import KMeans

from rcmvae_core.model.param_paths import freeze_inactive
from rcmvae_core.plugin.protocols import EncoderOutput

SHAPE = (2, 3, 1)
EVERY = jnp.ones(5, bool)


def encoder(posteriors, dim, channels=5):
    """A smooth encoder of inputs [n, 2, 3, 1] with random weights."""
    rng = np.random.default_rng(7)
    mean_w, var_w = (
        jnp.asarray(rng.normal(0, scale, (6, posteriors * dim)), jnp.float32) for scale in (2.0, 0.7)
    )

    def encode(x):
        flat = x.reshape(len(x), -1) - 0.5
        shape = (len(x), posteriors, dim)
        return EncoderOutput(
            jnp.zeros((len(x), channels)), (flat @ mean_w).reshape(shape), (flat @ var_w - 0.5).reshape(shape)
        )

    return encode


def pictures(count, seed=0):
    return jnp.asarray(np.random.default_rng(seed).uniform(size=(count, *SHAPE)), jnp.float32)


def case(make_context, *, layout="shared", dim=1, channels=5, batch=3, **fields):
    """A prior, its arrays, and a batch encoded by the same encoder."""
    context = make_context(layout=layout, dim=dim, channels=channels)
    prior = vamp(VampParams(**fields), context)
    params = prior.init(jax.random.key(1), pictures(40))
    encode = encoder(context.posteriors, dim, channels)
    return prior, params, encode, encode(pictures(batch, seed=9))


def components(params, encode):
    """Mean and standard deviation of q(z|u_k), by a loop."""
    actual = encode(bounded(params["pseudo_inputs"]))
    own = [k % actual.mean.shape[1] for k in range(len(actual.mean))]
    mean = np.stack([np.float64(actual.mean[k, c]) for k, c in enumerate(own)])
    return mean, np.exp(np.stack([np.float64(actual.log_var[k, c]) for k, c in enumerate(own)]) / 2)


def log_prior(z, pi, mean, std):
    """log Σ_k π_k N(z; m_k, s_k), z [..., D], joint over D."""
    each = stats.norm.logpdf(z[..., None, :], mean, std).sum(-1)
    return logsumexp(each, b=pi, axis=-1)


ACTIVE = [np.ones(5, bool), np.array([True, False, True, True, False])]


@pytest.mark.parametrize(("samples", "active"), [(1, ACTIVE[0]), (1, ACTIVE[1]), (40, ACTIVE[1])])
def test_the_marginal_kl_is_the_integral(make_context, active, samples):
    prior, params, encode, inference = case(make_context, samples=samples, pi="learned")
    params |= {"pi_logits": jnp.array([0.0, 1.0, -1.0, 0.5, 2.0])}
    pi = np.exp(np.float64(params["pi_logits"])) * active
    mean, std = components(params, encode)
    grid = np.linspace(-25, 25, 200_001)
    log_p = log_prior(grid[:, None], pi / pi.sum(), mean, std)
    m, s = np.float64(inference.mean)[:, 0, 0], np.exp(np.float64(inference.log_var)[:, 0, 0] / 2)
    exact = []
    for row in range(3):
        log_q = stats.norm.logpdf(grid, m[row], s[row])
        exact.append(np.trapezoid(np.exp(log_q) * (log_q - log_p), grid))

    @jax.jit
    @jax.vmap
    def estimate(key):
        first, rest = jax.random.split(key)
        noise = jax.random.normal(first, inference.mean.shape)
        latents = inference.mean + jnp.exp(inference.log_var / 2) * noise
        return prior.kl(
            params, inference, latents=latents, encode=encode, active=jnp.asarray(active), key=rest
        )

    actual = np.asarray(estimate(jax.random.split(jax.random.key(0), 4_000)), np.float64)[..., 0]
    error = actual.std(0) / np.sqrt(len(actual))
    assert (error < 0.1).all()
    assert (np.abs(actual.mean(0) - exact) < 4 * error).all()


def test_the_marginal_is_joint_over_dimensions(make_context):
    prior, params, encode, inference = case(make_context, dim=3)
    z = inference.mean + 0.7
    actual = prior.kl(params, inference, latents=z, encode=encode, active=EVERY, key=None)
    assert actual.shape == (3, 1)
    mean, std = components(params, encode)
    point = np.float64(z)[:, 0]
    m, s = np.float64(inference.mean)[:, 0], np.exp(np.float64(inference.log_var)[:, 0] / 2)
    log_q = stats.norm.logpdf(point, m, s).sum(-1)
    joint = log_q - log_prior(point, np.full(5, 0.2), mean, std)
    each = [
        log_prior(point[:, d : d + 1], np.full(5, 0.2), mean[:, d : d + 1], std[:, d : d + 1])
        for d in range(3)
    ]
    np.testing.assert_allclose(actual[:, 0], joint, rtol=1e-4, atol=1e-4)
    apart = np.abs(log_q - np.sum(each, axis=0) - joint)
    assert apart.min() > 0.005
    assert apart.max() > 0.5


def test_with_a_latent_for_each_channel_the_kl_is_analytic(make_context):
    prior, params, encode, inference = case(make_context, layout="decentralized", dim=2)
    # Gating draws latents of the decoded channels only; the analytic KL reads none.
    latents = inference.mean[:, :2]
    actual = prior.kl(params, inference, latents=latents, encode=encode, active=EVERY, key=None)
    mean, std = components(params, encode)
    m, s = np.float64(inference.mean), np.exp(np.float64(inference.log_var) / 2)
    expected = np.zeros((3, 5))
    for b in range(3):
        for k in range(5):
            for d in range(2):
                ratio = s[b, k, d] / std[k, d]
                apart = (m[b, k, d] - mean[k, d]) / std[k, d]
                expected[b, k] += (ratio**2 + apart**2 - 1 - 2 * np.log(ratio)) / 2
    np.testing.assert_allclose(actual, expected, rtol=1e-4)


@pytest.mark.parametrize("layout", ["shared", "decentralized"])
def test_an_input_that_is_the_pseudo_input_is_at_its_prior(make_context, layout):
    prior, params, encode, _ = case(make_context, layout=layout, dim=2, channels=1)
    inference = encode(bounded(params["pseudo_inputs"]))
    z = inference.mean + 1.3
    kl = prior.kl(params, inference, latents=z, encode=encode, active=jnp.ones(1, bool), key=None)
    np.testing.assert_allclose(kl, [[0]], atol=1e-6)


def gradients(prior, params, encode, inference, active):
    def total(params):
        z = inference.mean + 0.5
        params = freeze_inactive(
            params, prior.channel_axes, active
        )  # as the model does, by the axes that the prior declares
        kl = prior.kl(params, inference, latents=z, encode=encode, active=active, key=jax.random.key(2))
        return kl.sum()

    return jax.jit(jax.grad(total))(params)


@pytest.mark.parametrize(("layout", "samples"), [("shared", 1), ("shared", 3), ("decentralized", 1)])
def test_locked_channels_get_no_gradient_and_active_ones_do(make_context, layout, samples):
    prior, params, encode, inference = case(make_context, layout=layout, samples=samples, pi="learned")
    actual = gradients(prior, params, encode, inference, jnp.array([True, True, False, True, False]))
    moved = jnp.any(actual["pseudo_inputs"] != 0, axis=(1, 2, 3))
    assert moved.tolist() == [True, True, False, True, False]
    wanted = [True, True, False, True, False] if layout == "shared" else [False] * 5
    assert (actual["pi_logits"] != 0).tolist() == wanted


def test_gradients_flow_through_the_encoder_as_differences_say(make_context):
    prior, params, encode, inference = case(make_context, dim=2)

    def total(raw):
        z = inference.mean + 0.5
        return prior.kl(
            {"pseudo_inputs": raw}, inference, latents=z, encode=encode, active=EVERY, key=None
        ).sum()

    raw = params["pseudo_inputs"]
    direction = jax.random.normal(jax.random.key(5), raw.shape)
    step = 1e-2
    total = jax.jit(total)
    slope = (total(raw + step * direction) - total(raw - step * direction)) / (2 * step)
    assert abs(slope) > 0.1
    np.testing.assert_allclose(jnp.sum(jax.grad(total)(raw) * direction), slope, rtol=2e-2)


def test_the_first_sample_is_the_latents_and_the_others_are_fresh(make_context):
    keys = jax.random.split(jax.random.key(3), 2_000)

    def values(samples, keys):
        prior, params, encode, inference = case(make_context, dim=2, samples=samples)

        def value(key):
            z = inference.mean + 0.4
            return prior.kl(params, inference, latents=z, encode=encode, active=EVERY, key=key)[:, 0]

        return np.asarray(jax.jit(jax.vmap(value))(keys), np.float64), np.asarray(value(None), np.float64)

    one, given = values(1, keys[:5])
    np.testing.assert_allclose(one, np.broadcast_to(given, one.shape), rtol=1e-6)
    variances = {}
    for samples in (2, 17):
        actual, alone = values(samples, keys)
        np.testing.assert_allclose(alone, given, rtol=1e-6)
        variances[samples] = ((samples * actual - given) / (samples - 1)).var(0)
        # Inputs of a batch draw on their own: no two share their noise.
        assert np.abs(np.corrcoef(actual.T) - np.eye(3)).max() < 4 / np.sqrt(2_000)
    # Were the samples of one estimate alike, sixteen would vary as one does.
    ratio = variances[2] / variances[17]
    assert ((ratio > 12) & (ratio < 21)).all()


def test_the_same_key_gives_the_same_value(make_context):
    prior, params, encode, inference = case(make_context, samples=4)

    def value(seed):
        z, key = inference.mean, jax.random.key(seed)
        return prior.kl(params, inference, latents=z, encode=encode, active=EVERY, key=key)

    assert jnp.array_equal(value(1), value(1))
    assert not jnp.array_equal(value(1), value(2))


@pytest.mark.parametrize("layout", ["shared", "decentralized"])
def test_samples_have_the_moments_of_the_components(make_context, layout):
    prior, params, encode, _ = case(make_context, layout=layout, dim=2)
    count = 4_000
    z = np.float64(prior.sample(params, jax.random.key(4), count, encode=encode))
    assert z.shape == (count, 5, 2)
    mean, std = components(params, encode)
    assert (np.abs(z.mean(0) - mean) < 4 * std / np.sqrt(count)).all()
    assert (np.abs(z.std(0) / std - 1) < 4 / np.sqrt(2 * count)).all()
    between = np.corrcoef(z.reshape(count, -1).T) - np.eye(10)
    assert np.abs(between).max() < 4.5 / np.sqrt(count)


def test_what_it_says_of_its_arrays(make_context):
    prior, params, *_ = case(make_context, pi="learned", learning_rate_factor=0.25)
    assert dict(prior.channel_axes) == {"pseudo_inputs": 0, "pi_logits": 0}
    assert dict(prior.learning_rates) == {"pseudo_inputs": 0.25}
    assert params["pseudo_inputs"].shape == (5, *SHAPE)
    np.testing.assert_allclose(jnp.exp(prior.log_pi(params)), np.full(5, 0.2), rtol=1e-6)
    prior, params, *_ = case(make_context)
    assert dict(prior.channel_axes) == {"pseudo_inputs": 0}
    assert params.keys() == {"pseudo_inputs"}


@given(arrays.arrays(np.float32, 5, elements=st.floats(-1e6, 1e6, width=32)))
@settings(deadline=None)
def test_pseudo_inputs_stay_between_0_and_1(raw):
    u = bounded(jnp.asarray(raw))
    assert ((u >= 0) & (u <= 1)).all()


def test_the_bounded_map_inverts_and_never_saturates_at_the_start():
    u = jnp.linspace(0, 1, 101)
    np.testing.assert_allclose(bounded(unbounded(u)), jnp.clip(u, LOW, HIGH), rtol=1e-5)
    slope = jax.vmap(jax.grad(bounded))(unbounded(u))
    assert slope.min() > 0.047


@pytest.mark.parametrize("init", ["random", "kmeans"])
@pytest.mark.parametrize(("size", "channels"), [(40, 1), (40, 5), (5, 5), (3, 8), (1, 4)])
def test_every_size_of_sample_gives_different_pseudo_inputs(make_context, init, size, channels):
    prior = vamp(VampParams(init=init), make_context(channels=channels))
    raw = jax.jit(prior.init)(jax.random.key(0), pictures(size))["pseudo_inputs"]
    assert raw.shape == (channels, *SHAPE)
    assert raw.dtype == jnp.float32
    assert jnp.isfinite(raw).all()
    assert len(np.unique(np.asarray(raw).reshape(channels, -1), axis=0)) == channels


def test_random_pseudo_inputs_are_different_inputs_of_the_sample():
    inputs = pictures(12)
    for seed in range(5):
        chosen = np.asarray(start("random", jax.random.key(seed), inputs, 12))
        assert sorted(chosen.reshape(12, -1).tolist()) == sorted(np.asarray(inputs).reshape(12, -1).tolist())
    first, second = (start("random", jax.random.key(seed), inputs, 3) for seed in (0, 1))
    assert not jnp.array_equal(first, second)


def test_a_sample_too_small_is_repeated_with_noise_near_its_inputs():
    inputs = pictures(2)
    chosen = np.asarray(start("random", jax.random.key(0), inputs, 6)).reshape(6, -1)
    given_ = np.asarray(inputs).reshape(2, -1)
    away = np.abs(chosen[:, None] - given_).max(-1).min(-1)
    assert (away[:2] == 0).all()
    assert ((away[2:] > 0) & (away[2:] < 0.3)).all()


def blobs(seed):
    rng = np.random.default_rng(seed)
    centres = np.array([[0.2, 0.2], [0.8, 0.2], [0.2, 0.8], [0.8, 0.8]])
    points = centres[:, None] + 0.03 * rng.standard_normal((4, 50, 2))
    return centres, jnp.asarray(rng.permutation(points.reshape(-1, 2)), jnp.float32)


def test_kmeans_reaches_known_clusters():
    cluster = jax.jit(kmeans, static_argnums=2)
    for seed in range(8):
        centres, points = blobs(seed)
        actual = np.asarray(cluster(jax.random.key(seed), points, 4))
        actual = actual[np.lexsort(actual.round(1).T[::-1])]
        expected = centres[np.lexsort(centres.T[::-1])]
        np.testing.assert_allclose(actual, expected, atol=4 * 0.03 / np.sqrt(50))


def inertia(points, centres):
    return ((np.float64(points)[:, None] - np.float64(centres)) ** 2).sum(-1).min(1).sum()


def test_kmeans_is_as_good_as_scikit_learns():
    points = jnp.asarray(np.random.default_rng(3).uniform(size=(400, 6)), jnp.float32)
    theirs = [KMeans(7, n_init=1, random_state=s).fit(np.asarray(points)).inertia_ for s in range(20)]
    cluster = jax.jit(jax.vmap(lambda key: kmeans(key, points, 7)))
    ours = [inertia(points, actual) for actual in cluster(jax.random.split(jax.random.key(0), 20))]
    spread = np.hypot(np.std(ours), np.std(theirs)) / np.sqrt(20)
    assert np.mean(ours) < np.mean(theirs) + 4 * spread


def test_a_step_of_lloyds_is_the_loop_and_never_worse():
    points = jnp.asarray(np.random.default_rng(2).uniform(size=(60, 3)), jnp.float32)
    centres = points[:5]
    for _ in range(4):
        nearest = ((np.float64(points)[:, None] - np.float64(centres)) ** 2).sum(-1).argmin(1)
        expected = [np.float64(points)[nearest == k].mean(0) for k in range(5)]
        following = improve(points, centres)
        np.testing.assert_allclose(following, expected, rtol=1e-4)
        assert inertia(points, following) <= inertia(points, centres)
        centres = following


def test_empty_clusters_move_to_the_farthest_points():
    points = jnp.array([[0.0, 0.0], [0.1, 0.0], [0.9, 0.0], [0.0, 0.5]])
    actual = improve(points, jnp.array([[0.0, 0.0], [9.0, 9.0], [8.0, 8.0]]))
    np.testing.assert_allclose(actual, [[0.25, 0.125], [0.9, 0.0], [0.0, 0.5]], atol=1e-6)


def test_fewer_different_points_than_clusters_stay_finite():
    points = jnp.tile(jnp.array([[0.0, 1.0], [1.0, 0.0]]), (5, 1))
    actual = np.asarray(kmeans(jax.random.key(0), points, 4))
    assert {tuple(row) for row in actual.round(3).tolist()} == {(0.0, 1.0), (1.0, 0.0)}


def test_seeds_are_points_drawn_by_squared_distance():
    points = jnp.array([[0.0], [1.0], [3.0]])
    draw = jax.jit(jax.vmap(lambda key: seeds(key, points, 2)[:, 0]))
    actual = np.asarray(draw(jax.random.split(jax.random.key(1), 6_000)))
    first = [np.mean(actual[:, 0] == value) for value in (0, 1, 3)]
    assert np.abs(np.array(first) - 1 / 3).max() < 4 * np.sqrt(2 / 9 / 6_000)
    after = actual[actual[:, 0] == 0, 1]
    share = np.mean(after == 3)
    assert abs(share - 0.9) < 4 * np.sqrt(0.09 / len(after))
    assert not (after == 0).any()
