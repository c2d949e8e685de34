"""The Gaussian mixture with fixed centres against loops, Monte Carlo and geometry, and its checks."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.priors._checks import check
from rcmvae_plugins.priors.geometric_mog import centres, circle, geometric_mog, grid
from rcmvae_plugins.priors.params import GeometricMogParams, MixtureParams, VampParams
from scipy import stats

from rcmvae_core.errors import Place, Source, Span
from rcmvae_core.plugin.core_tables import LatentTable, TrainTable
from rcmvae_core.plugin.declaration import Distribution, Plugin, Registered
from rcmvae_core.plugin.protocols import EncoderOutput
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec


def inference(posteriors, dim, batch=3):
    rng = np.random.default_rng(0)
    mean, log_var = (jnp.asarray(rng.normal(size=(batch, posteriors, dim)), jnp.float32) for _ in range(2))
    return EncoderOutput(jnp.zeros((batch, 1)), mean, log_var)


def kl(prior, inferred):
    return prior.kl({}, inferred, latents=None, encode=None, active=None, key=None)


@pytest.mark.parametrize("layout", ["shared", "decentralized"])
@pytest.mark.parametrize("arrangement", ["circle", "grid"])
def test_kl_is_the_loop_over_centres(make_context, layout, arrangement):
    context = make_context(channels=9, dim=3, layout=layout)
    params = GeometricMogParams(arrangement=arrangement, radius=2.5, scale=0.6)
    inferred = inference(context.posteriors, 3)
    actual = kl(geometric_mog(params, context), inferred)
    assert actual.shape == (3, 9)
    middle = np.float64(centres(params, context))
    for b in range(3):
        for c in range(9):
            own = c if layout == "decentralized" else 0
            m, v = np.float64(inferred.mean[b, own]), np.exp(np.float64(inferred.log_var[b, own]))
            expected = (((m - middle[c]) ** 2 + v) / 0.36 - 1 - np.log(v / 0.36)).sum() / 2
            np.testing.assert_allclose(actual[b, c], expected, rtol=1e-4)


def test_kl_monte_carlo(make_context):
    context = make_context(channels=4, dim=2, layout="shared")
    params = GeometricMogParams(radius=1.5, scale=0.8)
    inferred, draws = inference(1, 2), 40_000
    mean, std = np.float64(inferred.mean), np.exp(np.float64(inferred.log_var) / 2)
    z = mean + std * np.random.default_rng(1).standard_normal((draws, 3, 1, 2))
    log_p = stats.norm.logpdf(z, np.float64(centres(params, context)), 0.8).sum(-1)
    ratio = stats.norm.logpdf(z, mean, std).sum(-1) - log_p
    error = ratio.std(0) / np.sqrt(draws)
    assert (np.abs(ratio.mean(0) - kl(geometric_mog(params, context), inferred)) < 4 * error).all()


@pytest.mark.parametrize("channels", [1, 2, 3, 10])
def test_a_circle_has_equal_radii_and_equal_gaps(channels):
    points = circle(channels, 2.0)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 2, rtol=1e-12)
    gaps = np.linalg.norm(points - np.roll(points, 1, axis=0), axis=1)
    np.testing.assert_allclose(gaps, 4 * np.sin(np.pi / channels), atol=1e-12)


def test_a_grid_has_its_points_at_equal_steps():
    points = grid(9, 2.0)
    assert sorted(map(tuple, points.tolist())) == [(x, y) for x in (-2, 0, 2) for y in (-2, 0, 2)]
    assert grid(1, 2.0).tolist() == [[0, 0]]
    np.testing.assert_allclose(grid(16, 3.0).mean(0), 0, atol=1e-12)


def test_further_coordinates_of_centres_are_zero(make_context):
    params = GeometricMogParams(arrangement="grid")
    high, flat = (centres(params, make_context(channels=4, dim=dim)) for dim in (5, 2))
    assert high.shape == (4, 5)
    assert (high[:, 2:] == 0).all()
    assert jnp.array_equal(high[:, :2], flat)


@pytest.mark.parametrize(("fields", "sizes"), [({"arrangement": "grid"}, {"channels": 5}), ({}, {"dim": 1})])
def test_what_validation_refuses_is_refused_of_direct_callers(make_context, fields, sizes):
    with pytest.raises(ValueError, match=r"must be a square|at least 2"):
        geometric_mog(GeometricMogParams(**fields), make_context(**sizes))


def test_samples_have_the_moments_of_their_components(make_context):
    context = make_context(channels=4, dim=3)
    params = GeometricMogParams(arrangement="grid", radius=2.0, scale=0.5)
    count = 4_000
    z = geometric_mog(params, context).sample({}, jax.random.key(0), count, encode=None)
    z = np.float64(z)
    assert z.shape == (count, 4, 3)
    assert (np.abs(z.mean(0) - centres(params, context)) < 4 * 0.5 / np.sqrt(count)).all()
    assert (np.abs(z.std(0) / 0.5 - 1) < 4 / np.sqrt(2 * count)).all()
    assert np.abs(np.corrcoef(z.reshape(count, -1).T) - np.eye(12)).max() < 4.5 / np.sqrt(count)


@pytest.mark.parametrize("pi", ["uniform", "learned"])
def test_pi_starts_uniform_and_centres_are_no_parameters(make_context, pi):
    prior = geometric_mog(GeometricMogParams(pi=pi), make_context())
    params = prior.init(jax.random.key(0), jnp.zeros((2, 2, 3, 1)))
    assert params.keys() == prior.channel_axes.keys() == ({"pi_logits"} if pi == "learned" else set())
    np.testing.assert_allclose(prior.log_pi(params), np.full(5, -np.log(5)), rtol=1e-6)


def resolved(params, **latent):
    """A spec that contains this prior only."""
    plugin = Plugin("prior", "geometric_mog", summary="A part.", impl="nowhere:part")
    place = Place(Source("spec.toml", "[prior.geometric_mog]"), Span(1, 8, 1, 21))
    part = ResolvedPart(Registered(plugin, Distribution("some", "1")), params, place=place)
    sizes = LatentTable(**({"channels": 9, "dim": 2} | latent))
    return ResolvedSpec("run", (0,), sizes, TrainTable(epochs=1), {"prior": (part,)})


@pytest.mark.parametrize(
    ("arrangement", "latent", "codes"),
    [
        ("circle", {}, ["W301"]),
        ("grid", {}, ["W301"]),
        ("grid", {"channels": 1}, ["W301"]),
        ("circle", {"channels": 10}, ["W301"]),
        ("grid", {"channels": 10}, ["E216", "W301"]),
        ("circle", {"dim": 1}, ["E216", "W301"]),
        ("grid", {"channels": 10, "dim": 1}, ["E216", "E216", "W301"]),
    ],
)
def test_the_check_finds_what_does_not_fit(arrangement, latent, codes):
    actual = list(check(resolved(GeometricMogParams(arrangement=arrangement), **latent)))
    assert [diagnostic.code for diagnostic in actual] == codes
    assert all(str(diagnostic.place) == "spec.toml:1:8" for diagnostic in actual)
    if latent.get("channels") == 10 and arrangement == "grid":
        assert "9 and 16" in actual[0].help[0]


def test_the_check_says_nothing_of_other_priors():
    assert list(check(resolved(MixtureParams(), channels=10, dim=1))) == []
    alone = ResolvedSpec("run", (0,), LatentTable(channels=2, dim=1), TrainTable(epochs=1), {})
    assert list(check(alone)) == []


@pytest.mark.parametrize(
    ("layout", "samples", "codes"),
    [("decentralized", 2, ["E207"]), ("decentralized", 1, []), ("shared", 2, []), ("shared", 1, [])],
)
def test_the_check_refuses_samples_that_nothing_draws(layout, samples, codes):
    actual = check(resolved(VampParams(samples=samples), layout=layout))
    assert [diagnostic.code for diagnostic in actual] == codes


def test_the_check_refuses_what_the_prior_itself_refuses(make_context):
    for channels in range(1, 30):
        params = GeometricMogParams(arrangement="grid")
        refused = "E216" in {d.code for d in check(resolved(params, channels=channels))}
        try:
            geometric_mog(params, make_context(channels=channels, dim=2))
        except ValueError:
            assert refused
        else:
            assert not refused
