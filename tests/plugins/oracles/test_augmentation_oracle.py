"""Augmentations against numpy and scipy, and their random draws against their bounds."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.augmentations._affine import Geometry, inverse, warp
from rcmvae_plugins.augmentations._color import ColorFactors, adjust_color
from rcmvae_plugins.augmentations.image import draw_color_factors, draw_geometry, image
from rcmvae_plugins.augmentations.noise import noise
from rcmvae_plugins.augmentations.params import ImageParams, NoiseParams
from scipy import ndimage, stats

from rcmvae_core.plugin.protocols import Augmentation

B = 4
KEY = jax.random.key(5)
STILL = {"rotation": 0.0, "scale": 0.0, "shift": 0.0}
FULL = ImageParams(rotation=40, scale=0.5, shear=20, shift=0.3, mirror=0.5, brightness=0.3, contrast=0.4)


def pictures(height=9, width=7, colours=1, count=B, seed=0):
    return jax.device_put(
        np.float32(np.random.default_rng(seed).uniform(size=(count, height, width, colours)))
    )


def geometry(count=B, **changes):
    still = {
        "rotation": np.zeros(count),
        "zoom": np.ones(count),
        "shear": np.zeros(count),
        "shift": np.zeros((count, 2)),
        "mirror": np.ones(count),
    }
    return Geometry(**{name: jax.device_put(np.float32(value)) for name, value in (still | changes).items()})


@pytest.mark.parametrize("turns", [1, 2, 3, -1])
@pytest.mark.parametrize("side", [6, 9])
def test_quarter_turns_are_rot90(turns, side):
    x = pictures(side, side, 3)
    actual = jax.jit(warp)(x, geometry(rotation=np.full(B, turns * np.pi / 2)))
    np.testing.assert_allclose(actual, np.rot90(x, turns, axes=(1, 2)), atol=1e-5)


@pytest.mark.parametrize(("down", "right"), [(2, 0), (0, -3), (-1, 2), (8, 6), (9, 0), (0, -30)])
def test_whole_shifts_are_slices(down, right):
    x = pictures()
    actual = warp(x, geometry(shift=np.tile([down, right], (B, 1))))
    expected = np.zeros_like(x)
    height, width = x.shape[1:3]
    for row in range(max(down, 0), min(height, height + down)):
        for column in range(max(right, 0), min(width, width + right)):
            expected[:, row, column] = x[:, row - down, column - right]
    assert np.array_equal(actual, expected)


def test_a_mirror_image_is_numpys():
    x = pictures(colours=3)
    assert np.array_equal(warp(x, geometry(mirror=-np.ones(B))), x[:, :, ::-1])


def test_the_identity_is_exact():
    for height, width in ((9, 7), (8, 8), (1, 5)):
        x = pictures(height, width, 2)
        assert np.array_equal(jax.jit(warp)(x, geometry()), x)


def test_twice_the_size_shows_the_middle():
    x = jnp.zeros((B, 9, 9, 1)).at[:, 3:6, 3:6].set(1.0)
    actual = warp(x, geometry(zoom=np.full(B, 2.0)))
    assert (actual[:, 2:7, 2:7] == 1).all()
    assert actual[0].sum() > 3 * x[0].sum()


def test_a_slant_moves_the_lower_half_right():
    x = jnp.zeros((1, 9, 9, 1)).at[:, :, 4].set(1.0)
    actual = np.asarray(jax.jit(warp)(x, geometry(1, shear=np.full(1, np.pi / 4))))[0, :, :, 0]
    np.testing.assert_allclose(actual, np.eye(9), atol=1e-6)


def forward(g, i):
    """The documented order, as matrices of (row, column): mirror, zoom, shear, turn."""
    turn = np.array(
        [[np.cos(g.rotation[i]), -np.sin(g.rotation[i])], [np.sin(g.rotation[i]), np.cos(g.rotation[i])]]
    )
    slant = np.array([[1, 0], [np.tan(g.shear[i]), 1]])
    return turn @ slant @ (np.eye(2) * g.zoom[i]) @ np.diag([1, g.mirror[i]])


@pytest.mark.parametrize("shape", [(9, 7, 1), (8, 8, 3), (5, 12, 2)])
def test_any_map_is_scipys(shape):
    count = 12
    rng = np.random.default_rng(2)
    x = pictures(*shape, count=count)
    g = geometry(
        count,
        rotation=rng.uniform(-np.pi, np.pi, count),
        zoom=np.exp(rng.uniform(-1, 1, count)),
        shear=rng.uniform(-1, 1, count),
        shift=rng.uniform(-4, 4, (count, 2)),
        mirror=rng.choice([-1.0, 1.0], count),
    )
    actual, matrices = jax.tree.map(np.asarray, jax.jit(lambda x, g: (warp(x, g), inverse(g)))(x, g))
    g = Geometry(*(np.asarray(values, np.float64) for values in g))
    middle = (np.array(shape[:2]) - 1) / 2
    for i in range(count):
        matrix = np.linalg.inv(forward(g, i))
        np.testing.assert_allclose(matrices[i], matrix, atol=1e-5)
        offset = middle - matrix @ (middle + g.shift[i])
        for colour in range(shape[2]):
            picture = np.asarray(x[i, :, :, colour], np.float64)
            expected = ndimage.affine_transform(picture, matrix, offset, order=1, mode="grid-constant")
            np.testing.assert_allclose(actual[i, :, :, colour], expected, atol=1e-4)


def test_light_is_the_formula():
    x = np.asarray(pictures(colours=3), np.float64)
    b, c, s = (np.random.default_rng(i).uniform(0.5, 1.5, B) for i in range(3))
    actual = adjust_color(jnp.float32(x), ColorFactors(*(jnp.float32(v) for v in (b, c, s))))
    luma = np.array([0.299, 0.587, 0.114])
    for i in range(B):
        y = b[i] * x[i]
        y = (y @ luma).mean() * (1 - c[i]) + c[i] * y
        y = (y @ luma)[..., None] * (1 - s[i]) + s[i] * y
        np.testing.assert_allclose(actual[i], y, atol=1e-5)


@pytest.mark.parametrize("colours", [1, 2, 3])
def test_light_keeps_grey_and_means(colours):
    x, one = pictures(colours=colours), jnp.ones(B)
    assert np.array_equal(adjust_color(x, ColorFactors(one, one, one)), x)
    flat = adjust_color(x, ColorFactors(one, 0 * one, one))
    np.testing.assert_allclose(flat, jnp.broadcast_to(flat[:, :1, :1, :1], x.shape), atol=1e-6)
    if colours != 3:
        np.testing.assert_allclose(flat[:, 0, 0, 0], x.mean((1, 2, 3)), atol=1e-6)
        assert np.array_equal(adjust_color(x, ColorFactors(one, one, 0 * one)), x)
    else:
        grey = adjust_color(x, ColorFactors(one, one, 0 * one))
        np.testing.assert_allclose(grey, jnp.broadcast_to(grey[..., :1], x.shape), atol=1e-6)


def test_every_image_draws_between_the_bounds_and_all_the_way():
    params = ImageParams(
        rotation=30, scale=0.5, shear=10, shift=0.25, mirror=0.3, brightness=0.2, contrast=0.4, saturation=1.0
    )
    count = 4000
    geometry_key, light_key = jax.random.split(KEY)
    g, light = (
        draw_geometry(params, geometry_key, count, (8, 20)),
        draw_color_factors(params, light_key, count),
    )
    even = {
        "rotation": g.rotation / math.radians(30),
        "zoom": jnp.log(g.zoom) / math.log(1.5),
        "shear": g.shear / math.radians(10),
        "down": g.shift[:, 0] / 2,
        "right": g.shift[:, 1] / 5,
        "brightness": (light.brightness - 1) / 0.2,
        "contrast": (light.contrast - 1) / 0.4,
        "saturation": light.saturation - 1,
    }
    for name, values in even.items():
        assert stats.kstest(values, stats.uniform(-1, 2).cdf).pvalue > 1e-4, name
    table = np.abs(np.corrcoef(np.stack(list(even.values()))) - np.eye(len(even)))
    assert (table < 4 / np.sqrt(count)).all()
    share = (g.mirror == -1).mean()
    assert abs(share - 0.3) < 4 * np.sqrt(0.3 * 0.7 / count)
    assert set(np.unique(g.mirror)) == {-1.0, 1.0}


def test_an_image_is_relit_and_then_moved(make_context):
    x = pictures()
    actual = image(FULL, make_context(input_shape=(9, 7, 1)))(x, KEY)
    geometry_key, light_key = jax.random.split(KEY)
    light = jnp.clip(adjust_color(x, draw_color_factors(FULL, light_key, B)), 0, 1)
    np.testing.assert_allclose(actual, warp(light, draw_geometry(FULL, geometry_key, B, (9, 7))), atol=1e-6)


NOTHING = {
    "image": (image, ImageParams(**STILL)),
    "noise": (noise, NoiseParams(std=0.0)),
}
SOMETHING = {
    "image": (image, FULL),
    "noise": (noise, NoiseParams(std=0.3, dropout=0.2)),
    "std": (noise, NoiseParams(std=0.3)),
    "dropout": (noise, NoiseParams(std=0.0, dropout=0.2)),
    **{
        name: (image, ImageParams(**(STILL | {name: value})))
        for name, value in {
            "rotation": 20,
            "scale": 0.3,
            "shear": 20,
            "shift": 0.2,
            "mirror": 1.0,
            "brightness": 0.5,
            "contrast": 0.5,
        }.items()
    },
}


@pytest.mark.parametrize(("build", "params"), NOTHING.values(), ids=NOTHING)
def test_without_bounds_nothing_changes_exactly(make_context, build, params):
    x = pictures()
    assert np.array_equal(build(params, make_context(input_shape=(9, 7, 1)))(x, KEY), x)


@pytest.mark.parametrize(("build", "params"), SOMETHING.values(), ids=SOMETHING)
def test_every_parameter_acts_by_key_alone_and_keeps_shape_and_range(make_context, build, params):
    augment = build(params, make_context(input_shape=(9, 7, 1)))
    assert isinstance(augment, Augmentation)
    x, compiled = pictures(), jax.jit(augment)
    actual = np.asarray(compiled(x, KEY))
    assert actual.shape == x.shape
    assert actual.dtype == np.float32
    assert ((actual >= 0) & (actual <= 1)).all()
    assert all(not np.array_equal(actual[i], x[i]) for i in range(B))
    np.testing.assert_allclose(actual, augment(x, KEY), atol=1e-5)
    if params != ImageParams(**(STILL | {"mirror": 1.0})):
        assert not np.array_equal(actual, compiled(x, jax.random.key(6)))
        alike = compiled(np.broadcast_to(x[:1], x.shape), KEY)
        assert not np.array_equal(alike[0], alike[1])


def test_it_can_be_mapped(make_context):
    augment = image(FULL, make_context(input_shape=(9, 7, 1)))
    x, keys = pictures(count=2 * B).reshape(2, B, 9, 7, 1), jax.random.split(KEY, 2)
    actual = jax.jit(jax.vmap(augment))(x, keys)
    augment = jax.jit(augment)
    np.testing.assert_allclose(
        actual, jnp.stack([augment(*pair) for pair in zip(x, keys, strict=True)]), atol=1e-5
    )


def test_noise_of_a_table_has_its_moments(make_context):
    x = jnp.full((4000, 5), 0.5)
    augment = noise(NoiseParams(std=0.05, dropout=0.25), make_context(input_shape=(5,)))
    actual = np.asarray(augment(x, KEY), np.float64)
    dropped = actual == 0
    assert abs(dropped.mean() - 0.25) < 4 * np.sqrt(0.25 * 0.75 / actual.size)
    kept = actual[~dropped]
    assert stats.kstest((kept - 0.5) / 0.05, stats.norm.cdf).pvalue > 1e-4


@pytest.mark.parametrize(
    ("params", "shape", "message"),
    [
        (ImageParams(), (12,), "needs images"),
        (ImageParams(saturation=0.1), (8, 8, 1), "three colours, got 1"),
    ],
)
def test_what_it_cannot_do_is_refused(make_context, params, shape, message):
    with pytest.raises(ValueError, match=message):
        image(params, make_context(input_shape=shape))


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 6, 4), (5, 2, 3), (6, 6, 1)])
def test_the_widest_changes_stay_between_zero_and_the_largest_value(make_context, shape):
    params = ImageParams(rotation=180.0, shift=1.0, scale=3.0, shear=60.0)
    x = np.float32(0.5) * np.asarray(pictures(*shape, count=500))
    actual = np.asarray(jax.jit(image(params, make_context(input_shape=shape)))(x, KEY))
    assert ((actual >= 0) & (actual <= x.max((1, 2, 3), keepdims=True) + 1e-6)).all()
