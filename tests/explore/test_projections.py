"""Projections of a model: joined features, planes of channels, alignment, and what is kept in a run directory."""

import numpy as np
import pytest

from rcmvae_core import BuildContext, FittedProjection, NoParams, NotApplicable, RcmvaeError, RunError
from rcmvae_core.explore.joined_features import Latents, fit_joined
from rcmvae_core.explore.kept_projections import KeptProjections
from rcmvae_core.explore.plane_alignment import align
from rcmvae_core.explore.projections import project
from rcmvae_core.plugin.declaration import Distribution, Registered
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.resolved import ResolvedPart
from rcmvae_core.spec.resolve import resolve_plugin
from rcmvae_core.testing.plugin_case import TINY
from tests.support.isolated import plugin

QUARTER = np.array([[0.0, 1.0], [-1.0, 0.0]])
"""A rotation by 90 degrees."""


def part(name: str) -> ResolvedPart:
    return resolve_plugin("projection", name, {}, discover())[0]


def inputs(
    count: int = 60, channels: int = 3, dim: int = 2, *, seed: int = 0, shared: bool = False
) -> Latents:
    rng = np.random.default_rng(seed)
    own = rng.integers(channels, size=count)
    responsibilities = rng.gamma(0.1, size=(count, channels))
    responsibilities[np.arange(count), own] += 3
    latents = rng.normal(size=(count, dim)) * 3 + own[:, None]
    normalised = responsibilities / responsibilities.sum(axis=1, keepdims=True)
    return Latents(latents.astype(np.float32), normalised.astype(np.float32), shared)


def test_joined_features_are_the_square_roots_of_q_and_the_scaled_latent_in_the_block_of_its_channel() -> (
    None
):
    given = inputs(channels=3, dim=2)
    features, own = fit_joined(given)(given), given.channels()
    assert features.shape == (60, 3 + 3 * 2)
    np.testing.assert_allclose(features[:, :3], np.sqrt(given.responsibilities), rtol=1e-6)
    for channel in range(3):
        rows = own == channel
        block = slice(3 + 2 * channel, 5 + 2 * channel)
        latents = given.latents[rows].astype(float)
        scaled = (latents - latents.mean(axis=0)) / latents.std(axis=0) * np.sqrt(2) / (4 * np.sqrt(2))
        np.testing.assert_allclose(features[rows, block], scaled, atol=1e-5)
        assert not features[~rows, block].any()


def test_channels_lie_farther_apart_than_the_inputs_of_one() -> None:
    certain = inputs(300)
    certain = certain._replace(responsibilities=np.eye(3, dtype=np.float32)[certain.channels()])
    features, own = fit_joined(certain)(certain), certain.channels()
    middles = np.stack([features[own == channel].mean(axis=0) for channel in range(3)])
    within = np.linalg.norm(features - middles[own], axis=1)
    between = np.linalg.norm(middles[:, None] - middles[None], axis=2)[~np.eye(3, dtype=bool)]
    np.testing.assert_allclose(between, np.sqrt(2), rtol=1e-5)
    np.testing.assert_allclose(np.sqrt(np.mean(within**2)), np.sqrt(2) / 4, rtol=1e-4)


@pytest.mark.parametrize("given", [inputs(shared=True), inputs(channels=1)], ids=["shared", "one channel"])
def test_latents_in_one_space_are_the_features(given: Latents) -> None:
    assert fit_joined(given)(given) is given.latents
    assert project(part("latent"), TINY, given).map.axes == ("z1", "z2")


def test_many_features_are_reduced_and_keep_distances() -> None:
    given = inputs(400, channels=20, dim=3)
    joined = fit_joined(given)
    features = joined(given)
    assert features.shape == (400, 32)
    assert joined.directions is not None
    wide = fit_joined(given)._wide(given)
    np.testing.assert_allclose(features, wide @ joined.directions, atol=1e-5)
    kept = np.linalg.norm(features) / np.linalg.norm(wide)
    assert 0.9 < kept <= 1.0001
    assert np.array_equal(features, fit_joined(given)(given))


@pytest.mark.parametrize("mirror", [1.0, -1.0])
def test_a_rotation_or_reflection_is_undone_exactly(mirror: float) -> None:
    earlier = np.random.default_rng(1).normal(size=(50, 2))
    moved = earlier @ QUARTER @ np.diag([1.0, mirror]) + [5.0, -2.0]
    turn = align(moved, earlier)
    assert turn is not None
    np.testing.assert_allclose(turn.apply(moved), earlier, atol=1e-6)
    np.testing.assert_allclose(turn.undo(turn.apply(moved)), moved, atol=1e-6)


def test_too_few_inputs_are_not_aligned() -> None:
    assert align(np.zeros((2, 2)), np.ones((2, 2))) is None


def test_a_later_model_lies_as_near_to_the_earlier_one_as_turning_allows() -> None:
    first = inputs()
    noise = np.random.default_rng(2).normal(size=first.latents.shape).astype(np.float32)
    second = first._replace(latents=(first.latents @ QUARTER.astype(np.float32)) + 0.1 * noise)
    before = project(part("pca"), TINY, first)
    alone, aligned = (project(part("pca"), TINY, second, earlier=each) for each in (None, before))

    def distance(other, places: str) -> float:
        return float(np.sum((getattr(other, places) - getattr(before, places)) ** 2))

    for places in ("map_places", "channel_places"):
        assert distance(aligned, places) <= distance(alone, places)
    assert distance(aligned, "channel_places") < 0.1 * np.sum(before.channel_places**2)
    assert aligned.channels[0].axes[0].endswith(", turned")
    np.testing.assert_allclose(aligned.place(second).map, aligned.map_places, atol=1e-5)
    np.testing.assert_allclose(aligned.place(second).planes, aligned.channel_places, atol=1e-5)
    rows = aligned.own == 1
    np.testing.assert_allclose(
        aligned.channels[1].features(aligned.channel_places[rows]), second.latents[rows], atol=1e-4
    )


def test_axes_with_a_meaning_are_not_turned_and_other_inputs_are_not_compared() -> None:
    before = project(part("latent"), TINY, inputs(shared=True))
    again = project(part("latent"), TINY, inputs(shared=True, seed=1), earlier=before)
    assert np.array_equal(again.map_places, inputs(shared=True, seed=1).latents)
    fewer = project(part("pca"), TINY, inputs(30), earlier=project(part("pca"), TINY, inputs(60)))
    assert fewer.map.turn is None


@pytest.mark.parametrize("name", ["latent", "pca"])
@pytest.mark.parametrize("dim", [1, 2, 5])
@pytest.mark.parametrize("count", [1, 2, 40])
def test_few_inputs_and_empty_channels_have_places(name: str, dim: int, count: int) -> None:
    given = inputs(count, channels=4, dim=dim)
    projected = project(part(name), TINY, given)
    assert projected.map_places.shape == projected.channel_places.shape == (count, 2)
    assert np.isfinite(projected.map_places).all()
    empty = set(range(4)) - set(projected.own.tolist())
    assert all("no input has this channel" in projected.channels[channel].reason for channel in empty)
    for channel in set(projected.own.tolist()):
        plane, rows = projected.channels[channel], projected.own == channel
        if plane.reason:
            assert (name, dim) == ("latent", 5)
            with pytest.raises(RcmvaeError, match="E435"):
                plane.features(np.zeros((1, 2), np.float32))
        elif dim < 5:
            np.testing.assert_allclose(
                plane.features(projected.channel_places[rows]), given.latents[rows], atol=1e-4
            )
    assert len(projected.place(inputs(0, channels=4, dim=dim)).map) == 0


def test_coordinates_are_kept_and_belong_to_what_they_were_computed_from(tmp_path) -> None:
    warnings: list[str] = []
    kept = KeptProjections(tmp_path, writable=True, warn=lambda each: warnings.append(each.message))
    first = project(part("pca"), TINY, inputs(), kept=kept)
    file = tmp_path / "projections/pca.npz"
    written = file.stat().st_mtime_ns
    again = project(part("pca"), TINY, inputs(), kept=kept)
    assert again.fits._fits == {}
    assert np.array_equal(first.map_places, again.map_places)
    assert np.array_equal(first.channel_places, again.channel_places)
    assert [plane.facts for plane in first.channels] == [plane.facts for plane in again.channels]
    np.testing.assert_allclose(again.place(inputs()).map, first.map_places, atol=1e-6)
    assert (file.stat().st_mtime_ns, warnings) == (written, [])
    project(part("pca"), TINY, inputs(seed=1), kept=kept)
    assert "another state of the model" in warnings[0]
    file.write_bytes(file.read_bytes()[:300])
    assert np.array_equal(project(part("pca"), TINY, inputs(), kept=kept).map_places, first.map_places)
    assert "cannot be used" in warnings[1]
    project(part("pca"), TINY, inputs(), kept=kept)
    assert len(warnings) == 2


def test_nothing_is_written_where_it_may_not_be(tmp_path) -> None:
    warnings: list[str] = []
    project(part("pca"), TINY, inputs(), kept=KeptProjections(tmp_path, writable=False, warn=print))
    project(part("latent"), TINY, inputs(), kept=KeptProjections(tmp_path, writable=True, warn=print))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "projections").write_text("a file")
    kept = KeptProjections(tmp_path, writable=True, warn=lambda each: warnings.append(each.message))
    project(part("pca"), TINY, inputs(), kept=kept)
    assert "cannot be written" in warnings[-1]
    (tmp_path / "projections").unlink()
    (tmp_path / "other").mkdir()
    (tmp_path / "projections").symlink_to(tmp_path / "other")
    project(part("pca"), TINY, inputs(), kept=kept)
    assert "is a symbolic link" in warnings[-1]
    assert list((tmp_path / "other").iterdir()) == []


def raises(params, context: BuildContext):
    def transform(features):
        raise KeyError("no")

    return lambda *_: FittedProjection(transform, ("a", "b"))


def has_three_axes(params, context: BuildContext):
    return lambda *_: FittedProjection(lambda rows: np.zeros((len(rows), 3)), ("a", "b"))


def is_not_finite(params, context: BuildContext):
    return lambda *_: FittedProjection(lambda rows: np.full((len(rows), 2), np.nan), ("a", "b"))


def returns_an_array(params, context: BuildContext):
    return lambda features, _: np.zeros((len(features), 2))


def never_applies(params, context: BuildContext):
    return lambda *_: NotApplicable("never")


def of_another_package(function) -> ResolvedPart:
    declared = plugin("projection", function.__name__, impl=f"{__name__}:{function.__name__}")
    return ResolvedPart(Registered(declared, Distribution("others", "1.0")), NoParams())


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (raises, "`transform` raised KeyError"),
        (has_three_axes, "`transform` returned float64 [60, 3], expected float [60, 2]"),
        (is_not_finite, "`transform` returned numbers that are not finite"),
        (returns_an_array, "returned a ndarray, expected a FittedProjection or NotApplicable"),
    ],
)
def test_a_projection_of_another_package_that_fails_is_named(function, reason: str) -> None:
    with pytest.raises(RunError) as error:
        project(of_another_package(function), TINY, inputs())
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "E218"
    assert f"projection `{function.__name__}` of others 1.0" in diagnostic.message
    assert reason in diagnostic.message


def test_a_projection_that_does_not_apply_says_why() -> None:
    projected = project(of_another_package(never_applies), TINY, inputs())
    assert (projected.map.reason, projected.channels[0].reason) == ("never", "never")
    assert not projected.map_places.any()
