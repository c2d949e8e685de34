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

STEPS, ROUNDS, SLOW_ROUNDS = 4, 31, 3
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


def _seconds(epoch: Callable[[Any], Any], state: Any) -> tuple[float, Any]:
    start = time.perf_counter()
    state = jax.block_until_ready(epoch(state))
    return time.perf_counter() - start, state


def _in_turns(runs: dict[str, Run], rounds: int) -> dict[str, list[float]]:
    """Seconds of every epoch after the first; the order changes each round, so that none always follows the same."""
    copies = {
        name: jax.tree.map(jnp.copy, state) for name, (_, state) in runs.items()
    }  # an epoch consumes its state
    states = {name: _seconds(run[0], copies[name])[1] for name, run in runs.items()}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(rounds):
        for name in sorted(runs, reverse=turn % 2 == 1):
            elapsed, states[name] = _seconds(runs[name][0], states[name])
            seconds[name].append(elapsed)
    return seconds


def main() -> None:
    """Time the two fast ones in pairs, and the transposed one between rounds of them."""
    images = np.random.default_rng(0).integers(0, 256, (STEPS * BATCH, 28, 28, 1), np.uint8)
    ours, hand = _framework(images), _by_hand(images, "sub_pixel", scanned=True)
    slow = _by_hand(images, "transposed", scanned=False)
    seconds = _in_turns({"rcmvae": ours, "transposed": slow}, SLOW_ROUNDS)
    faster = statistics.median(seconds["transposed"]) / statistics.median(seconds["rcmvae"])
    transposed = statistics.median(seconds["transposed"])
    seconds = _in_turns({"rcmvae": ours, "by hand": hand}, ROUNDS)
    pairs = [b / a for a, b in zip(seconds["rcmvae"], seconds["by hand"], strict=True)]
    print(
        f"convolutional mixture, K={CHANNELS}, D={DIM}, batch {BATCH}, 28x28, median over epochs of {STEPS} steps:"
    )
    medians = {name: statistics.median(times) for name, times in seconds.items()} | {"transposed": transposed}
    for name, value in medians.items():
        count = parameters("transposed" if name == "transposed" else "sub_pixel")
        print(f"  {name:<10} {1000 * value / STEPS:9.1f} ms a step, {count} parameters")
    print(f"  speed, rcmvae / transposed: {faster:.2f}")
    low, middle, high = statistics.quantiles(pairs, n=4)
    print(
        f"  speed, rcmvae / by hand:    {middle:.3f}, half of {len(pairs)} pairs in {low:.3f} to {high:.3f}"
    )


if __name__ == "__main__":
    main()
