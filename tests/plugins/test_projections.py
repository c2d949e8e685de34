"""Built-in projections, against closed forms; what any projection must do is checked by the conformance kit."""

from __future__ import annotations

import sys
import warnings

import jax
import numpy as np
import pytest
from rcmvae_plugins.projections.latent import latent
from rcmvae_plugins.projections.params import PcaParams, UmapParams
from rcmvae_plugins.projections.pca import pca
from rcmvae_plugins.projections.umap import umap

from rcmvae_core import FittedProjection, NoParams, NotApplicable
from rcmvae_core.testing.plugin_case import TINY

KEY = jax.random.key(3)


def features(count: int = 80, size: int = 4, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(count, size)) @ rng.normal(size=(size, size)) + 2).astype(np.float32)


def fitted(projection, values: np.ndarray) -> FittedProjection:
    result = projection(values, KEY)
    assert isinstance(result, FittedProjection)
    return result


def test_a_latent_of_two_coordinates_is_drawn_as_it_is() -> None:
    values = features(size=2)
    plane = fitted(latent(NoParams(), TINY), values)
    assert plane.axes == ("z1", "z2")
    assert plane.inverse is not None
    np.testing.assert_array_equal(plane.transform(values), values)
    np.testing.assert_array_equal(plane.inverse(values), values)


@pytest.mark.parametrize("projection", [latent(NoParams(), TINY), pca(PcaParams(), TINY)])
def test_one_coordinate_is_spread_across_the_line_by_its_value_alone(projection) -> None:
    values = np.linspace(-2, 2, 64, dtype=np.float32)[:, None]
    plane = fitted(projection, values)
    places = plane.transform(values)
    assert plane.axes[1] == "spread, no meaning"
    np.testing.assert_allclose(np.abs(np.diff(places[:, 0])), 4 / 63, rtol=1e-5)
    assert -0.5 <= places[:, 1].min() < -0.4 < 0.4 < places[:, 1].max() < 0.5
    np.testing.assert_array_equal(plane.transform(values[10:20]), places[10:20])
    assert plane.inverse is not None
    np.testing.assert_allclose(plane.inverse(places), values, atol=1e-6)


def test_more_coordinates_have_no_plane_of_their_own() -> None:
    result = latent(NoParams(), TINY)(features(size=3), KEY)
    assert result == NotApplicable("an input has 3 coordinates, and only one or two can be drawn as they are")


def test_principal_components_are_those_of_a_singular_value_decomposition() -> None:
    values = features()
    plane = fitted(pca(PcaParams(), TINY), values)
    centred = values - values.mean(axis=0, dtype=float)
    _, singular, right = np.linalg.svd(centred, full_matrices=False)
    expected = centred @ right[:2].T
    places = plane.transform(values)
    np.testing.assert_allclose(np.abs(places), np.abs(expected), atol=1e-4)
    shares = singular**2 / np.sum(singular**2)
    assert plane.axes == (f"PC 1 ({shares[0]:.0%})", f"PC 2 ({shares[1]:.0%})")
    np.testing.assert_allclose(
        fitted(pca(PcaParams(), TINY), values[::-1]).transform(values), places, atol=1e-4
    )


def test_points_are_taken_back_to_the_nearest_features_on_the_plane() -> None:
    values = features()
    plane = fitted(pca(PcaParams(), TINY), values)
    points = np.random.default_rng(1).normal(size=(9, 2)).astype(np.float32)
    assert plane.inverse is not None
    np.testing.assert_allclose(plane.transform(plane.inverse(points)), points, atol=1e-5)
    nearest = plane.inverse(plane.transform(values))
    residuals = values - nearest
    steps = plane.inverse(np.eye(2, dtype=np.float32)) - plane.inverse(np.zeros((2, 2), np.float32))
    np.testing.assert_allclose(residuals @ steps.T, 0, atol=1e-4)


def test_components_are_fitted_to_evenly_spaced_inputs() -> None:
    values = features(90)
    few = fitted(pca(PcaParams(fitted=10), TINY), values)
    spaced = np.unique(np.linspace(0, 89, 10).astype(int))
    alone = fitted(pca(PcaParams(), TINY), values[spaced])
    np.testing.assert_allclose(few.transform(values), alone.transform(values), atol=1e-5)


def test_features_that_are_all_the_same_lie_in_one_place() -> None:
    plane = fitted(pca(PcaParams(), TINY), np.ones((5, 3), np.float32))
    assert plane.axes == ("PC 1 (0%)", "PC 2 (0%)")
    assert not plane.transform(np.ones((5, 3), np.float32)).any()


def test_umap_keeps_groups_apart_is_the_same_with_a_key_and_places_others_by_themselves() -> None:
    middles = np.repeat([[0.0, 0.0, 0.0], [20.0, 0.0, 0.0]], 40, axis=0)
    values = (middles + np.random.default_rng(0).normal(size=middles.shape)).astype(np.float32)
    projection = umap(UmapParams(neighbours=8), TINY)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        first, second = fitted(projection, values), fitted(projection, values)
    assert caught == []
    places = first.transform(values)
    assert first.inverse is None
    np.testing.assert_array_equal(second.transform(values), places)
    groups = places[:40], places[40:]
    spread = max(np.linalg.norm(group - group.mean(axis=0), axis=1).max() for group in groups)
    assert np.linalg.norm(groups[0].mean(axis=0) - groups[1].mean(axis=0)) > spread
    others = values[:3] + np.float32(0.001)
    np.testing.assert_allclose(first.transform(others), places[:3], atol=0.1)
    np.testing.assert_array_equal(first.transform(others[1:2]), first.transform(others)[1:2])
    for params, key in (
        (UmapParams(neighbours=8), jax.random.key(4)),
        (UmapParams(neighbours=9), KEY),
        (UmapParams(neighbours=8, min_dist=0.5), KEY),
        (UmapParams(neighbours=8, fitted=70), KEY),
    ):
        other = umap(params, TINY)(values, key)
        assert isinstance(other, FittedProjection)
        assert not np.allclose(other.transform(values), places, atol=0.01)


def test_umap_says_what_to_install_and_how_few_are_too_few(monkeypatch) -> None:
    projection = umap(UmapParams(), TINY)
    same = np.repeat(features(3), 4, axis=0)
    assert projection(same, KEY) == NotApplicable("UMAP needs at least 4 different inputs, and there are 3")
    monkeypatch.setitem(sys.modules, "umap", None)
    assert projection(features(), KEY) == NotApplicable(
        "it needs the package `umap-learn`: pip install 'rcmvae[umap]'"
    )
