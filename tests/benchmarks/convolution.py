"""A training step of the convolutional model against strided transposed convolutions, and against by hand.

The transposed model runs one call a step: inside a scan XLA makes it slower still.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from rcmvae_core.training.epoch import Arrays, make_epoch
from rcmvae_core.training.state import make_create
from tests.benchmarks.conv_by_hand import CHANNELS, DIM, ByHand
from tests.benchmarks.throughput import BATCH, build_model

STEPS, ROUNDS, SLOW_ROUNDS = 4, 15, 3
SETTINGS = ("encoder=conv", "backbone=conv")
Run = tuple[Callable[[Any], Any], Any]


def _framework(images: np.ndarray) -> Run:
    model, optimizer = build_model(len(images), SETTINGS), optax.adam(1e-3)
    epoch = make_epoch(model, optimizer, steps=STEPS, batch_size=BATCH, labelled_batch_size=0)
    empty = jnp.zeros(0, jnp.int32)
    data = Arrays(jnp.asarray(images), empty, jnp.arange(len(images)), empty, jnp.float32(255))
    state = make_create(model, optimizer)(jax.random.key(0), jnp.asarray(images[:BATCH], jnp.float32) / 255)
    return lambda state: epoch(state, data)[0], state


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
        grads = jax.grad(lambda p: module.apply({"params": p}, x, noise))(params)
        updates, slots = optimizer.update(grads, slots, params)
        return (optax.apply_updates(params, updates), slots), None

    def rows(key):
        order, noise = jax.random.split(key)
        index = jax.random.permutation(order, len(images))[: STEPS * BATCH].reshape(STEPS, BATCH)
        return index, jax.random.split(noise, STEPS)

    one = jax.jit(step, donate_argnums=0)
    every = jax.jit(lambda state, key: jax.lax.scan(step, state, rows(key))[0], donate_argnums=0)

    def epoch(carry):
        state, key = carry
        key, following = jax.random.split(key)
        if scanned:
            return every(state, key), following
        for row in zip(*rows(key), strict=True):
            state, _ = one(state, row)
        return state, following

    return epoch, ((params, optimizer.init(params)), jax.random.key(1))


def parameters(upsample: str) -> int:
    """How many parameters the model written by hand has."""
    x = jnp.zeros((1, 28, 28, 1))
    return sum(
        a.size for a in jax.tree.leaves(jax.eval_shape(ByHand(upsample).init, jax.random.key(0), x, 0.0))
    )


def main() -> None:
    """Time all in turns, so that a busy machine disturbs them alike."""
    images = np.random.default_rng(0).integers(0, 256, (STEPS * BATCH, 28, 28, 1), np.uint8)
    runs = {
        "rcmvae": (ROUNDS, _framework(images)),
        "by hand": (ROUNDS, _by_hand(images, "sub_pixel", scanned=True)),
        "transposed": (SLOW_ROUNDS, _by_hand(images, "transposed", scanned=False)),
    }
    states = {name: state for name, (_, (_, state)) in runs.items()}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(ROUNDS + 1):
        for name, (rounds, (epoch, _)) in runs.items():
            if turn > rounds:
                continue
            start = time.perf_counter()
            states[name] = jax.block_until_ready(epoch(states[name]))
            seconds[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(times[1:]) for name, times in seconds.items()}
    print(
        f"convolutional mixture, K={CHANNELS}, D={DIM}, batch {BATCH}, 28x28, median over epochs of {STEPS} steps:"
    )
    for name, value in medians.items():
        count = parameters("transposed" if name == "transposed" else "sub_pixel")
        print(f"  {name:<10} {1000 * value / STEPS:9.1f} ms a step, {count} parameters")
    print(f"  speed, rcmvae / transposed: {medians['transposed'] / medians['rcmvae']:.2f}")
    print(f"  speed, rcmvae / by hand:    {medians['by hand'] / medians['rcmvae']:.3f}")


if __name__ == "__main__":
    main()
