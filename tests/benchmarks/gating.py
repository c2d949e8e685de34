"""A step with many channels against one with few, both decoding two: cost follows M, not K."""

from __future__ import annotations

import statistics
import time

import jax
import jax.numpy as jnp
import numpy as np
import optax

from rcmvae_core.training.epoch import Arrays, make_epoch
from rcmvae_core.training.state import make_create
from tests.benchmarks.throughput import BATCH, build_model

IMAGES, ROUNDS, FEW, MANY, TOP_M = 6_400, 9, 10, 100, 2


def _epoch(channels: int, images: np.ndarray):
    settings = [f"latent.channels={channels}", f"routing.soft.top_m={TOP_M}"]
    model, optimizer = build_model(len(images), settings), optax.adam(1e-3)
    epoch = make_epoch(model, optimizer, steps=len(images) // BATCH, batch_size=BATCH, labelled_batch_size=0)
    empty = jnp.zeros(0, jnp.int32)
    data = Arrays(jnp.asarray(images), empty, jnp.arange(len(images)), empty, jnp.float32(255))
    state = make_create(model, optimizer)(jax.random.key(0), jnp.asarray(images[:128], jnp.float32) / 255)
    return lambda state: epoch(state, data), state


def main() -> None:
    """Time both in turns."""
    images = np.random.default_rng(0).integers(0, 256, (IMAGES, 28, 28, 1), np.uint8)
    runs = {channels: _epoch(channels, images) for channels in (FEW, MANY)}
    states = {channels: state for channels, (_, state) in runs.items()}
    seconds: dict[int, list[float]] = {channels: [] for channels in runs}
    for _ in range(ROUNDS + 1):
        for channels, (epoch, _) in runs.items():
            start = time.perf_counter()
            states[channels], out = epoch(states[channels])
            jax.block_until_ready(out)
            seconds[channels].append(time.perf_counter() - start)
    medians = {channels: statistics.median(times[1:]) for channels, times in seconds.items()}
    print(f"dense mixture, top_m={TOP_M}, batch {BATCH}, {IMAGES // BATCH} steps, median of {ROUNDS}:")
    for channels, value in medians.items():
        print(f"  K={channels:<8} {1000 * value / (IMAGES // BATCH):8.2f} ms a step")
    print(f"  a step at K={MANY} / at K={FEW}: {medians[MANY] / medians[FEW]:.3f}")


if __name__ == "__main__":
    main()
