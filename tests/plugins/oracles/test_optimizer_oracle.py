"""Optimizers against optax, and a step computed by hand."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from rcmvae_plugins.optimizers._transforms import decay_mask
from rcmvae_plugins.optimizers.adam_family import adam, adamw
from rcmvae_plugins.optimizers.params import AdamParams, AdamWParams

PARAMS = {
    "encoder": {"hidden": {"kernel": jnp.ones((2, 3)), "bias": jnp.ones(3)}},
    "embeddings": jnp.ones((4, 2)),
    "table": {"embedding": jnp.ones((4, 2))},
    "channel": {"bias": jnp.ones((4, 2))},
    "conv": {"kernel": jnp.ones((3, 3, 1, 2))},
    "prior": {"pi_logits": jnp.ones((4, 1)), "pseudo_inputs": {"raw": jnp.ones((4, 2, 3, 1))}},
    "raw_sigma": jnp.float32(1),
    "condition": {},
}


def rate(step):
    return 1e-2 / (1 + step)


def gradients(scale=1.0):
    rng = np.random.default_rng(0)
    return jax.tree.map(
        lambda leaf: jnp.asarray(scale * rng.standard_normal(leaf.shape), jnp.float32), PARAMS
    )


def run(optimizer, grads, count=3):
    def step(carry, _):
        params, state = carry
        updates, state = optimizer.update(grads, state, params)
        return (optax.apply_updates(params, updates), state), None

    @jax.jit
    def steps():
        return jax.lax.scan(step, (PARAMS, optimizer.init(PARAMS)), None, length=count)[0][0]

    return steps()


def same(ours, theirs):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), ours, theirs)


@pytest.mark.parametrize("clip_norm", [None, 0.5])
def test_adam_is_optaxs(make_context, clip_norm):
    settings = {"b1": 0.8, "b2": 0.95, "eps": 1e-3}
    ours = adam(AdamParams(learning_rate=rate, clip_norm=clip_norm, **settings), make_context())
    theirs = optax.adam(rate, **settings)
    if clip_norm:
        theirs = optax.chain(optax.clip_by_global_norm(clip_norm), theirs)
    same(run(ours, gradients()), run(theirs, gradients()))


def test_a_step_of_adam_by_hand(make_context):
    optimizer = adam(AdamParams(learning_rate=rate), make_context())
    after, grads = run(optimizer, gradients(), count=1), gradients()
    # Bias correction makes the first step the sign of the gradient, times the rate.
    same(after, jax.tree.map(lambda p, g: p - 1e-2 * jnp.sign(g), PARAMS, grads))


def test_the_rate_follows_the_step(make_context):
    optimizer = adam(AdamParams(learning_rate=lambda step: jnp.where(step < 2, 0.0, 1e-2)), make_context())
    same(run(optimizer, gradients(), count=2), PARAMS)
    assert not np.allclose(run(optimizer, gradients(), count=3)["embeddings"], PARAMS["embeddings"])


@pytest.mark.parametrize(
    "build", [lambda c, **k: adam(AdamParams(**k), c), lambda c, **k: adamw(AdamWParams(**k), c)]
)
def test_clipping_scales_the_whole_gradient(make_context, build):
    # A large eps makes Adam linear in the gradient, so that its scale can be seen.
    build_one = {"learning_rate": rate, "eps": 1.0, "b1": 0.0}
    clipped = build(make_context(), clip_norm=1e-4, **build_one)
    free = build(make_context(), clip_norm=None, **build_one)
    grads = gradients(100.0)
    scaled = jax.tree.map(lambda g: g * 1e-4 / optax.tree.norm(grads), grads)
    same(run(clipped, grads), run(free, scaled))


@pytest.mark.parametrize("clip_norm", [None, 0.5])
def test_adamw_is_optaxs_with_the_mask(make_context, clip_norm):
    params = AdamWParams(learning_rate=rate, weight_decay=0.1, clip_norm=clip_norm)
    theirs = optax.adamw(rate, weight_decay=0.1, mask=decay_mask)
    if clip_norm:
        theirs = optax.chain(optax.clip_by_global_norm(clip_norm), theirs)
    same(run(adamw(params, make_context()), gradients()), run(theirs, gradients()))


def test_decay_takes_its_share_of_weights_only(make_context):
    optimizer = adamw(AdamWParams(learning_rate=rate, weight_decay=0.5), make_context())
    still = jax.tree.map(jnp.zeros_like, PARAMS)
    after = run(optimizer, still, count=1)
    shrunk = 1 - 1e-2 * 0.5
    np.testing.assert_allclose(after["encoder"]["hidden"]["kernel"], shrunk, rtol=1e-6)
    np.testing.assert_allclose(after["conv"]["kernel"], shrunk, rtol=1e-6)
    rest = after | {"encoder": {"hidden": {"bias": after["encoder"]["hidden"]["bias"]}}, "conv": {}}
    assert all((leaf == 1).all() for leaf in jax.tree.leaves(rest))


def test_the_mask_names_what_decays():
    names = {
        jax.tree_util.keystr(path, simple=True, separator="/")
        for path, decays in jax.tree_util.tree_leaves_with_path(decay_mask(PARAMS))
        if decays
    }
    assert names == {"encoder/hidden/kernel", "conv/kernel"}


@pytest.mark.parametrize(
    "build", [lambda c: adam(AdamParams(rate), c), lambda c: adamw(AdamWParams(rate), c)]
)
def test_it_traces_and_keeps_float32(make_context, build):
    optimizer = build(make_context())
    updates, _ = jax.jit(optimizer.update)(gradients(), optimizer.init(PARAMS), PARAMS)
    assert {leaf.dtype for leaf in jax.tree.leaves(updates)} == {jnp.dtype("float32")}
