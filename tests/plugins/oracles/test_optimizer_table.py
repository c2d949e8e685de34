"""A table of all optimizers: the optax alias of each, and their common properties."""

from __future__ import annotations

from functools import cache, partial

import attrs
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from rcmvae_plugins.optimizers import PLUGINS
from rcmvae_plugins.optimizers._transforms import decay_mask
from rcmvae_plugins.optimizers.params import SgdParams

from rcmvae_core.plugin.declaration import load_object

PARAMS = {
    "encoder": {"kernel": jnp.full((4, 3), 0.5), "bias": jnp.full(3, -0.25)},
    "prior": {"pseudo_inputs": jnp.full((2, 2, 3), 0.5)},
    "raw_sigma": jnp.float32(1),
    "condition": {},
}
MEANS = {"b1": 0.8, "b2": 0.95}
# Of each optimizer: every parameter of its own, other than the default; and optax's alias given the same.
TABLE = {
    "adam": (MEANS | {"eps": 0.1}, optax.adam),
    "adamw": (
        MEANS | {"eps": 0.1, "weight_decay": 0.3},
        lambda rate, **own: optax.adamw(rate, **own, mask=decay_mask),
    ),
    "nadam": (MEANS | {"eps": 0.1}, optax.nadam),
    "radam": (MEANS | {"eps": 1.0}, optax.radam),
    "adabelief": (MEANS | {"eps": 0.1}, optax.adabelief),
    "lion": (
        {"b1": 0.5, "b2": 0.95, "weight_decay": 0.3},
        lambda rate, **own: optax.lion(rate, **own, mask=decay_mask),
    ),
    "lamb": (
        MEANS | {"eps": 0.1, "weight_decay": 0.3},
        lambda rate, **own: optax.lamb(rate, **own, mask=decay_mask),
    ),
    "sgd": ({"momentum": 0.7, "nesterov": True}, optax.sgd),
    "rmsprop": ({"decay": 0.7, "eps": 0.1, "momentum": 0.6}, optax.rmsprop),
    "adagrad": (
        {"initial": 0.3, "eps": 0.1},
        lambda rate, *, initial, eps: optax.adagrad(rate, initial_accumulator_value=initial, eps=eps),
    ),
    "adafactor": (
        {
            "relative": False,
            "decay_rate": 0.5,
            "clipping_threshold": 0.7,
            "factor_from": 2,
            "momentum": 0.6,
        },
        lambda rate, *, relative, factor_from, **own: optax.adafactor(
            rate, factor_from, multiply_by_parameter_scale=relative, **own
        ),
    ),
}
DECAYING = [name for name, (own, _) in TABLE.items() if "weight_decay" in own]
DECLARED = {plugin.name: plugin for plugin in PLUGINS}


def rate(step):
    return 1e-2 / (1 + step)


def make_params(name, **own):
    return load_object(DECLARED[name].params)(**own)


@pytest.fixture(scope="module")
def build(make_context):
    return lambda name, **own: load_object(DECLARED[name].impl)(make_params(name, **own), make_context())


@pytest.fixture(scope="module")
def default(build):
    """The program of an optimizer with the defaults of its parameters."""
    return cache(lambda name: program(build(name, learning_rate=rate)))


def gradients(count, scale=1.0):
    """Gradients that differ from step to step and grow, so that running means depend on their decay rates."""
    rng = np.random.default_rng(0)

    def draw(leaf):
        size = scale * (1 + np.arange(count)).reshape(count, *[1] * leaf.ndim)
        return np.float32(size * rng.standard_normal((count, *leaf.shape)))

    return jax.tree.map(draw, PARAMS)


def steps(optimizer, grads):
    """The parameters after each step."""

    def step(carry, grads):
        params, state = carry
        updates, state = optimizer.update(grads, state, params)
        params = optax.apply_updates(params, updates)
        return (params, state), params

    return jax.lax.scan(step, (PARAMS, optimizer.init(PARAMS)), grads)[1]


def program(optimizer):
    return jax.jit(partial(steps, optimizer))


def run(optimizer, count=12):
    return program(optimizer)(gradients(count))


def same(ours, theirs):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7), ours, theirs)


def at(trajectory, step):
    return jax.tree.map(lambda leaf: leaf[step], trajectory)


def norm(tree):
    """Over all leaves and all of their axes but the first."""
    rows = [np.asarray(leaf, np.float64).reshape(len(leaf), -1) for leaf in jax.tree.leaves(tree)]
    return np.linalg.norm(np.concatenate(rows, axis=1), axis=1)


def distance(ours, theirs):
    return norm(jax.tree.map(lambda a, b: np.subtract(a, b)[None], ours, theirs)).item()


def test_the_table_names_every_optimizer_and_all_its_parameters():
    assert set(TABLE) == set(DECLARED)
    for name, (own, _) in TABLE.items():
        fields = {field.name for field in attrs.fields(load_object(DECLARED[name].params))}
        assert fields == {"learning_rate", "clip_norm", *own}


@pytest.mark.parametrize("name", TABLE)
def test_every_step_is_optaxs(build, name):
    own, alias = TABLE[name]
    same(run(build(name, learning_rate=rate, **own)), run(alias(rate, **own)))


@pytest.mark.long
@pytest.mark.parametrize("name", TABLE)
def test_every_parameter_changes_the_result(build, default, name):
    plain = default(name)(gradients(12))
    for parameter, value in (TABLE[name][0] | {"clip_norm": 0.1}).items():
        changed = run(build(name, learning_rate=rate, **{parameter: value}))
        assert distance(changed, plain) > 1e-5, parameter


@pytest.mark.parametrize("name", TABLE)
def test_the_rate_follows_the_step(build, name):
    @jax.jit
    def after(factor):
        optimizer = build(name, learning_rate=lambda step: factor * jnp.where(step < 3, 0.0, 1e-2))
        return steps(optimizer, gradients(4))

    def moved(factor):
        trajectory = after(factor)
        same(at(trajectory, 2), PARAMS)
        return distance(at(trajectory, 3), PARAMS)

    one = moved(1.0)
    assert one > 1e-3
    np.testing.assert_allclose(moved(2.0) / one, 2, rtol=1e-3)


@pytest.mark.parametrize("name", TABLE)
def test_clipping_scales_the_whole_gradient(build, default, name):
    grads = gradients(12, 100.0)
    factors = 1e-3 / norm(grads)
    short = jax.tree.map(lambda leaf: np.float32(leaf * factors.reshape(-1, *[1] * (leaf.ndim - 1))), grads)
    clipped = program(build(name, learning_rate=rate, clip_norm=1e-3))(grads)
    same(clipped, default(name)(short))


@pytest.mark.parametrize("name", ["adam", "sgd"])
def test_a_clip_that_is_never_reached_does_nothing(build, default, name):
    same(run(build(name, learning_rate=rate, clip_norm=1e6)), default(name)(gradients(12)))


def test_clipping_bounds_a_step_of_descent(build):
    after = program(build("sgd", learning_rate=rate, clip_norm=1e-3))(gradients(1, 100.0))
    np.testing.assert_allclose(distance(at(after, 0), PARAMS), 1e-2 * 1e-3, rtol=2e-2)


@pytest.fixture(scope="module")
def update(build):
    """The state that an optimizer starts with, and its program of one update."""

    def make(name):
        optimizer = build(name, learning_rate=rate)
        return optimizer.init(PARAMS), jax.jit(optimizer.update)

    return cache(make)


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("scale", [0.0, 1e-12, 1e12])
def test_types_and_structure_are_kept_and_everything_is_finite(update, name, scale):
    state, step = update(name)
    updates, after = step(jax.tree.map(lambda leaf: leaf[0], gradients(1, scale)), state, PARAMS)
    for ours, theirs in ((updates, PARAMS), (after, state)):
        assert jax.tree.structure(ours) == jax.tree.structure(theirs)
        kinds = zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True)
        assert all((a.shape, a.dtype) == (b.shape, b.dtype) for a, b in kinds)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves((updates, after)))


@pytest.mark.parametrize("name", TABLE)
def test_a_quadratic_falls(build, name):
    optimizer = build(name, learning_rate=lambda step: 1e-2 + 0.0 * step)

    def loss(params):
        return sum(jnp.sum((leaf - 0.1) ** 2) for leaf in jax.tree.leaves(params))

    @jax.jit
    def descend():
        def step(carry, _):
            params, state = carry
            value, grads = jax.value_and_grad(loss)(params)
            updates, state = optimizer.update(grads, state, params)
            return (optax.apply_updates(params, updates), state), value

        return jax.lax.scan(step, (PARAMS, optimizer.init(PARAMS)), None, length=400)[1]

    values = np.asarray(descend())
    assert values[-1] < 0.3 * values[0]
    assert values[:10].tolist() == sorted(values[:10].tolist(), reverse=True)


@pytest.mark.parametrize("name", DECAYING)
def test_decay_spares_what_is_no_weight(build, name):
    none = run(build(name, learning_rate=rate, weight_decay=0.0), 2)
    some = run(build(name, learning_rate=rate, weight_decay=0.5), 2)
    touched = {
        jax.tree_util.keystr(path, simple=True, separator="/")
        for path, equal in jax.tree_util.tree_leaves_with_path(jax.tree.map(np.array_equal, none, some))
        if not equal
    }
    assert touched == {"encoder/kernel"}


def test_nesterov_without_a_momentum_is_refused():
    with pytest.raises(ValueError, match="`nesterov` needs a `momentum` above 0"):
        SgdParams(momentum=0.0, nesterov=True)


def test_a_momentum_of_zero_is_none(build):
    for name, alias in (("sgd", optax.sgd), ("rmsprop", optax.rmsprop), ("adafactor", optax.adafactor)):
        same(run(build(name, learning_rate=rate, momentum=0.0)), run(alias(rate)))
