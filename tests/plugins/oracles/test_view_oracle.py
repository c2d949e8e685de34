"""Crops, erased squares, deformations, blur and composed views against numpy and scipy."""

from __future__ import annotations

import itertools
import math

import attrs
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.augmentations._bytes import draw_bytes
from rcmvae_plugins.augmentations._displacement import draw_displacements, smooth_rows
from rcmvae_plugins.augmentations._sampling import sample
from rcmvae_plugins.augmentations._smoothing import smooth
from rcmvae_plugins.augmentations._squares import Squares, covered, draw_squares
from rcmvae_plugins.augmentations.blur import blur
from rcmvae_plugins.augmentations.compose import compose
from rcmvae_plugins.augmentations.crop import crop
from rcmvae_plugins.augmentations.elastic import elastic
from rcmvae_plugins.augmentations.erase import erase
from rcmvae_plugins.augmentations.params import (
    STRONG_OPERATIONS,
    BlurParams,
    ComposeParams,
    CropParams,
    ElasticParams,
    EraseParams,
    StrongParams,
    WeakParams,
)
from rcmvae_plugins.augmentations.strong import draw_operations, strong
from rcmvae_plugins.augmentations.weak import weak
from scipy import ndimage, stats

from rcmvae_core.plugin.protocols import Augmentation

KEY = jax.random.key(5)
VIEWS = {
    "crop": (crop, CropParams(padding=0.3), CropParams(padding=0.0)),
    "crop reflect": (crop, CropParams(padding=0.3, mode="reflect"), CropParams(padding=0.0, mode="reflect")),
    "erase": (erase, EraseParams(smallest=0.5, largest=0.9), EraseParams(smallest=0.0, largest=0.0)),
    "erase mean": (erase, EraseParams(smallest=0.5, fill="mean"), EraseParams(probability=0.0, fill="mean")),
    "erase noise": (
        erase,
        EraseParams(smallest=0.5, fill="noise", count=2),
        EraseParams(probability=0.0, fill="noise"),
    ),
    "elastic": (elastic, ElasticParams(magnitude=0.1), ElasticParams(magnitude=0.0)),
    "blur": (blur, BlurParams(sigma=1.5), BlurParams(sigma=0.0)),
    "weak": (weak, WeakParams(), WeakParams(magnitude=0.0)),
    "strong": (strong, StrongParams(), StrongParams(magnitude=0.0)),
}
SHAPES = [(6, 8, 3), (9, 7, 7), (1, 1, 1)]


def pictures(height=9, width=7, colours=1, count=4, seed=0):
    return jax.device_put(
        np.float32(np.random.default_rng(seed).uniform(size=(count, height, width, colours)))
    )


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", VIEWS)
def test_a_view_of_any_shape_keeps_form_and_range_and_is_the_identity_at_zero(make_context, name, shape):
    build, params, nothing = VIEWS[name]
    context, x = make_context(input_shape=shape), pictures(*shape, count=16)
    augment = jax.jit(build(params, context))
    actual = np.asarray(augment(x, KEY))
    assert (actual.shape, actual.dtype) == (x.shape, np.float32)
    assert ((actual >= 0) & (actual <= 1)).all()
    assert np.array_equal(jax.jit(build(nothing, context))(x, KEY), x)
    if math.prod(shape) > 50:
        assert isinstance(build(params, context), Augmentation)
        assert (actual != x).any()
        assert not np.array_equal(actual, augment(x, jax.random.key(6)))
        alike = np.asarray(augment(jnp.broadcast_to(x[:1], x.shape), KEY))
        assert len(np.unique(alike.reshape(16, -1), axis=0)) > 4


@pytest.mark.parametrize("name", [name for name in VIEWS if " " not in name])
def test_a_table_is_refused(make_context, name):
    with pytest.raises(ValueError, match=f"`{name}` needs images"):
        VIEWS[name][0](VIEWS[name][1], make_context(input_shape=(12,)))


@pytest.mark.parametrize(("mode", "numpy_mode"), [("zero", "constant"), ("reflect", "reflect")])
@pytest.mark.parametrize("shape", [(9, 7, 1), (4, 5, 3)])
def test_crops_are_windows_of_numpys_padding_each_equally_often(make_context, mode, numpy_mode, shape):
    count, padding = 3000, 0.2
    x = np.asarray(pictures(*shape, count=1))
    augment = crop(CropParams(padding=padding, mode=mode), make_context(input_shape=shape))
    actual = np.asarray(augment(jnp.broadcast_to(x, (count, *shape)), KEY))
    pads = [math.ceil(padding * side) for side in shape[:2]]
    padded = np.pad(x[0], [(p, p) for p in pads] + [(0, 0)], mode=numpy_mode)
    windows = {
        padded[i : i + shape[0], j : j + shape[1]].tobytes(): (i, j)
        for i, j in itertools.product(*(range(2 * p + 1) for p in pads))
    }
    drawn = [windows[image.tobytes()] for image in actual]
    tally = np.unique(drawn, axis=0, return_counts=True)[1]
    assert len(tally) == len(windows)
    assert stats.chisquare(tally).pvalue > 1e-4


def test_squares_cover_what_a_loop_covers():
    rng = np.random.default_rng(0)
    centre, side = np.float32(rng.uniform(-0.5, 7, (5, 2, 2))), np.float32(rng.uniform(0, 5, (5, 2)))
    actual = np.asarray(covered(Squares(jnp.asarray(centre), jnp.asarray(side)), (7, 9)))
    for b, i, j in itertools.product(range(5), range(7), range(9)):
        inside = [max(abs(i - centre[b, n, 0]), abs(j - centre[b, n, 1])) < side[b, n] / 2 for n in range(2)]
        assert actual[b, i, j, 0] == any(inside)


def test_squares_are_uniform_over_the_image_and_their_sizes():
    squares = draw_squares(KEY, (3000, 1), (6, 10), (0.2, 0.5))
    for values, low, width in (
        (squares.centre[:, 0, 0], -0.5, 6),
        (squares.centre[:, 0, 1], -0.5, 10),
        (squares.side[:, 0], 1.2, 1.8),
    ):
        assert stats.kstest(values, stats.uniform(low, width).cdf).pvalue > 1e-4


def test_erased_pixels_are_filled_and_the_others_kept(make_context):
    x = pictures(8, 6, 3, count=2000)
    fills = {"zero": np.zeros(3), "mean": np.asarray(x).mean((1, 2), keepdims=True), "noise": None}
    erased = {}
    for name, fill in fills.items():
        params = EraseParams(smallest=0.5, largest=0.9, fill=name, probability=0.4)
        actual = np.asarray(erase(params, make_context(input_shape=(8, 6, 3)))(x, KEY))
        changed = (actual != x).any(-1)
        erased[name] = changed
        share = changed.any((1, 2)).mean()
        assert abs(share - 0.4) < 4 * np.sqrt(0.24 / 2000)
        if fill is not None:
            np.testing.assert_allclose(actual[changed], np.broadcast_to(fill, x.shape)[changed], atol=1e-6)
        else:
            assert stats.kstest(actual[changed][:, 0] * 255 / 256, stats.uniform.cdf).statistic < 0.02
    assert np.array_equal(erased["zero"], erased["mean"])
    assert np.array_equal(erased["zero"], erased["noise"])


def test_bytes_are_uniform():
    tally = np.bincount(np.asarray(draw_bytes(KEY, (101, 303)), int).ravel(), minlength=256)
    assert stats.chisquare(tally).pvalue > 1e-4
    assert draw_bytes(KEY, (3, 0)).shape == (3, 0)


@pytest.mark.parametrize(("side", "spacing"), [(28, 4.2), (9, 0.7), (1, 0.15), (5, 20.0)])
def test_rows_have_unit_length_and_a_gaussian_correlation(side, spacing):
    rows = np.float64(smooth_rows(side, spacing))
    distance = np.arange(side)[:, None] - np.arange(side)
    np.testing.assert_allclose(rows @ rows.T, np.exp(-((distance / spacing) ** 2) / 4), atol=0.02)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-6)


def test_displacements_have_the_moments_of_their_rows():
    count, sides, spacing = 20_000, (4, 3), 1.7
    field = np.asarray(draw_displacements(KEY, count, sides, spacing), np.float64).reshape(count, -1)
    rows, columns = (np.float64(smooth_rows(side, spacing)) for side in sides)
    expected = np.kron(np.eye(2), np.kron(rows @ rows.T, columns @ columns.T))
    assert np.abs(field.mean(0)).max() < 5 / np.sqrt(count)
    assert np.abs(field.T @ field / count - expected).max() < 5 * np.sqrt(2 / count)


@pytest.mark.parametrize("colours", [1, 3])
def test_a_deformation_is_scipys(make_context, colours):
    x = pictures(9, 7, colours)
    params = ElasticParams(magnitude=0.2, smoothness=0.3)
    actual = np.asarray(elastic(params, make_context(input_shape=(9, 7, colours)))(x, KEY))
    moved = 0.2 * 7 * np.asarray(draw_displacements(KEY, len(x), (9, 7), 0.3 * 7), np.float64)
    grid = np.stack(np.meshgrid(np.arange(9), np.arange(7), indexing="ij"))
    for b, c in itertools.product(range(len(x)), range(colours)):
        picture = np.asarray(x[b, :, :, c], np.float64)
        expected = ndimage.map_coordinates(picture, grid + moved[b], order=1, mode="grid-constant")
        np.testing.assert_allclose(actual[b, :, :, c], expected, atol=1e-4)


def test_samples_at_their_own_positions_are_exact():
    x = pictures(5, 4, 2)
    row, column = jnp.meshgrid(jnp.arange(5.0), jnp.arange(4.0), indexing="ij")
    assert np.array_equal(sample(x, jnp.stack([row] * 4), jnp.stack([column] * 4)), x)


@pytest.mark.parametrize("shape", [(9, 7, 1), (6, 8, 3)])
def test_blur_is_scipys_with_weights_that_sum_to_one_inside(shape):
    x, sigma = pictures(*shape), np.array([0.0, 0.4, 1.3, 6.0])
    actual = np.asarray(smooth(x, jnp.float32(sigma)))
    assert np.array_equal(actual[0], x[0])
    for b in range(1, 4):
        options = {"sigma": (sigma[b], sigma[b], 0), "mode": "constant", "truncate": 30}
        ones = ndimage.gaussian_filter(np.ones(shape), **options)
        expected = ndimage.gaussian_filter(np.asarray(x[b], np.float64), **options) / ones
        np.testing.assert_allclose(actual[b], expected, atol=1e-5)


def test_blur_draws_every_width_up_to_its_bound(make_context):
    x = jnp.zeros((2000, 1, 9, 1)).at[:, 0, 4].set(1.0)
    actual = np.asarray(blur(BlurParams(sigma=0.8), make_context(input_shape=(1, 9, 1)))(x, KEY), np.float64)
    centre, next_to_it = actual[:, 0, 4, 0], actual[:, 0, 5, 0]
    wide = next_to_it > 1e-6
    sigma = np.sqrt(0.5 / np.log(centre[wide] / next_to_it[wide]))
    assert stats.kstest(sigma, stats.uniform(sigma.min(), 0.8 - sigma.min()).cdf).pvalue > 1e-4


def markers(number):
    """Augmentations of rows, each of which counts in a column of its own."""
    return tuple(lambda x, key, p=p: x.at[..., p].add(1.0) for p in range(number))  # noqa: ARG005


@pytest.mark.parametrize(
    ("number", "count", "size"), [(4, 2, 40), (5, 3, 7), (3, 1, 1), (6, 5, 13), (2, 1, 5)]
)
def test_every_input_gets_its_count_and_every_augmentation_its_share(make_context, number, count, size):
    augment = jax.jit(compose(ComposeParams(of=markers(number), count=count), make_context()))
    marks = np.asarray(augment(jnp.zeros((size, number)), KEY))
    assert set(np.unique(marks)) <= {0.0, 1.0}
    assert (marks.sum(1) == count).all()
    share = size * count / number
    assert ((marks.sum(0) >= math.floor(share)) & (marks.sum(0) <= math.ceil(share))).all()


def test_every_set_of_augmentations_is_equally_likely(make_context):
    augment = compose(ComposeParams(of=markers(4), count=2), make_context())
    keys = jax.random.split(KEY, 3000)
    marks = np.asarray(jax.jit(jax.vmap(lambda key: augment(jnp.zeros((3, 4)), key)))(keys))
    for position in range(3):
        sets, tally = np.unique(marks[:, position], axis=0, return_counts=True)
        assert len(sets) == 6
        assert stats.chisquare(tally).pvalue > 1e-4


def test_augmentations_are_applied_in_their_order_each_with_its_own_key(make_context):
    parts = (
        lambda x, key: x + jax.random.uniform(key),
        lambda x, key: 10 * x,  # noqa: ARG005 - augmentations without randomness
        lambda x, key: x + 1,  # noqa: ARG005
    )
    x = jnp.arange(6.0)
    both = np.asarray(compose(ComposeParams(of=parts[1:]), make_context())(x, KEY))
    np.testing.assert_allclose(both, 10 * x + 1)
    two = np.asarray(compose(ComposeParams(of=parts, count=2), make_context())(x, KEY), np.float64)
    for start, value in zip(np.asarray(x), two, strict=True):
        fractions = [value - start - 1, value / 10 - start]
        assert value == pytest.approx(10 * start + 1) or any(0 < f < 1 for f in fractions)
    same = compose(ComposeParams(of=(parts[0], parts[0])), make_context())(jnp.zeros(1), KEY)
    assert not np.isclose(same, 2 * jax.random.uniform(jax.random.split(KEY, 4)[2]))


def test_more_than_there_are_is_refused():
    with pytest.raises(ValueError, match="at most the number of augmentations, got 3 of 2"):
        ComposeParams(of=markers(2), count=3)
    with pytest.raises(ValueError, match="`smallest` must be at most `largest`"):
        EraseParams(smallest=0.6)


def test_a_composed_view_has_a_gradient_and_can_be_mapped(make_context):
    context, x = make_context(input_shape=(9, 7, 1)), pictures(count=8).reshape(2, 4, 9, 7, 1)
    of = (elastic(ElasticParams(), context), blur(BlurParams(), context), crop(CropParams(), context))
    augment = compose(ComposeParams(of=of, count=2), context)
    keys = jax.random.split(KEY, 2)
    mapped = jax.jit(jax.vmap(augment))(x, keys)
    np.testing.assert_allclose(
        mapped, jnp.stack([jax.jit(augment)(*pair) for pair in zip(x, keys, strict=True)]), atol=1e-5
    )
    gradient = jax.jit(jax.grad(lambda x: augment(x, KEY).sum()))(x[0])
    step = jnp.zeros_like(x[0]).at[1, 4, 3].set(0.01)
    change = augment(x[0] + step, KEY).sum() - augment(x[0], KEY).sum()
    assert float(gradient[1, 4, 3, 0]) == pytest.approx(float(change) / 0.01, abs=1e-2)


def test_strong_draws_every_set_of_operations_equally_often():
    drawn = draw_operations(KEY, 3000, ["rotation", "zoom", "blur", "shear"], 2)
    assert list(drawn) == list(STRONG_OPERATIONS)
    table = np.stack([drawn[name] for name in ("rotation", "zoom", "blur", "shear")], axis=1)
    sets, tally = np.unique(table, axis=0, return_counts=True)
    assert len(sets) == 6
    assert stats.chisquare(tally).pvalue > 1e-4
    assert not np.any(
        [drawn[name] for name in STRONG_OPERATIONS if name not in {"rotation", "zoom", "blur", "shear"}]
    )


def test_a_strong_view_is_farther_than_a_weak_one_and_grows_with_magnitude(make_context):
    context, x = (
        make_context(input_shape=(16, 16, 3)),
        ndimage.gaussian_filter(np.asarray(pictures(16, 16, 3, count=64)), (0, 2, 2, 0)),
    )
    views = [weak(WeakParams(), context)] + [
        strong(StrongParams(magnitude=m), context) for m in (0.25, 0.5, 1.0)
    ]
    distances = [float(jnp.mean((jax.jit(view)(jnp.asarray(x), KEY) - x) ** 2)) for view in views]
    assert distances[1] < distances[2] < distances[3]
    assert distances[0] < distances[3]
    few, all_ = (strong(StrongParams(count=n), context) for n in (1, 9))
    assert jnp.mean((few(jnp.asarray(x), KEY) - x) ** 2) < jnp.mean((all_(jnp.asarray(x), KEY) - x) ** 2)


def test_a_mirrored_view_is_the_mirror_image(make_context):
    context, x = make_context(input_shape=(9, 7, 1)), pictures()
    for build, params in ((weak, WeakParams(magnitude=0.0)), (strong, StrongParams(magnitude=0.0))):
        mirrored = build(attrs.evolve(params, mirror=1.0), context)(x, KEY)
        np.testing.assert_allclose(mirrored, x[:, :, ::-1], atol=1e-6)
