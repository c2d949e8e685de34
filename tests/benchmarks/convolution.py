"""A training step of the convolutional model against strided transposed convolutions, and against by hand.

The transposed model runs one call a step: inside a scan XLA makes it slower still.
"""

from __future__ import annotations

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import optax

from tests.benchmarks.conv_by_hand import CHANNELS, DIM, ByHand
from tests.benchmarks.engine import by_hand, epochs, synthetic, train_images
from tests.benchmarks.results import Result, Run, a_step, at_least, in_turns, quotient
from tests.benchmarks.specs import BATCH

STEPS, ROUNDS, SLOW_ROUNDS = 4, 31, 3
SETTINGS = ("encoder=conv", "backbone=conv")


def _by_hand(images: np.ndarray, upsample: str, *, scanned: bool) -> Run:
    """As in the framework the steps of an epoch are one scan, or else one call each."""
    module, optimizer = ByHand(upsample), optax.adam(1e-3)
    x = jnp.asarray(images[:BATCH], jnp.float32) / 255
    params = jax.jit(module.init)(jax.random.key(0), x, 0.0)["params"]
    on_device = jnp.asarray(images)

    def step(state, row):
        params, slots = state
        index, key = row
        x = on_device[index].astype(jnp.float32) / 255
        noise = jax.random.normal(key, (BATCH, CHANNELS, DIM))
        value, grads = jax.value_and_grad(lambda p: module.apply({"params": p}, x, noise))(params)
        updates, slots = optimizer.update(grads, slots, params)
        return (optax.apply_updates(params, updates), slots), value

    def rows(key):
        order, noise = jax.random.split(key)
        index = jax.random.permutation(order, len(images))[: STEPS * BATCH].reshape(STEPS, BATCH)
        return index, jax.random.split(noise, STEPS)

    one = jax.jit(step, donate_argnums=0)
    every = jax.jit(lambda state, key: jax.lax.scan(step, state, rows(key)), donate_argnums=0)

    def epoch(carry):
        state, key = carry
        key, following = jax.random.split(key)
        if scanned:
            state, values = every(state, key)
            return (state, following), jnp.mean(values)
        for row in zip(*rows(key), strict=True):
            state, value = one(state, row)
        return (state, following), value

    return by_hand(epoch, ((params, optimizer.init(params)), jax.random.key(1)))


def parameters(upsample: str) -> int:
    """How many parameters the model written by hand has."""
    x = jnp.zeros((1, 28, 28, 1))
    return sum(
        a.size for a in jax.tree.leaves(jax.eval_shape(ByHand(upsample).init, jax.random.key(0), x, 0.0))
    )


def measure() -> Iterator[Result]:
    """Time the two fast ones in pairs, and the transposed one between rounds of them."""
    prepared = synthetic(STEPS * BATCH, settings=SETTINGS)
    images, ours = train_images(prepared), epochs(prepared)
    slow, hand = _by_hand(images, "transposed", scanned=False), _by_hand(images, "sub_pixel", scanned=True)
    yield _row(ours, "strided transposed convolutions", slow, 4, SLOW_ROUNDS)
    yield _row(ours, "the same by hand in Flax", hand, 0.98, ROUNDS)


def _row(ours: Run, name: str, reference: Run, limit: float, rounds: int) -> Result:
    seconds = in_turns({"ours": ours, "reference": reference}, rounds)
    ratio, spread = quotient(seconds["reference"], seconds["ours"])
    return Result(
        f"training step, convolutional mixture K={CHANNELS} D={DIM}, batch {BATCH}, 28x28: speed",
        a_step(seconds["ours"], STEPS),
        f"{name} {a_step(seconds['reference'], STEPS)}",
        ratio,
        at_least(limit),
        spread,
    )
