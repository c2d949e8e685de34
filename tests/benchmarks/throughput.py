"""Training throughput against the same model written by hand: seconds of an epoch, as a ratio."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
import optax

from rcmvae_core.discovery import discover
from rcmvae_core.model import Model, build
from rcmvae_core.protocols import Context
from rcmvae_core.resolve import resolve, slots
from rcmvae_core.spec import merge, parse, parse_setting
from rcmvae_core.training.epoch import Arrays, make_epoch
from rcmvae_core.training.state import make_create
from tests.benchmarks import raw_jax
from tests.benchmarks.idx import mnist_images

CHANNELS, DIM, BATCH, IMAGES, ROUNDS = 10, 8, 128, 12_800, 7
SPEC = f"""
[data.digits]
[latent]
channels = {CHANNELS}
dim = {DIM}
[encoder.dense]
hidden = [256, 256]
[prior.mixture]
[routing.soft]
[conditioner.film]
[backbone.dense]
hidden = [256, 256]
[head.bernoulli]
[loss.reconstruction.reconstruction]
[loss.kl_z.kl_latent]
[loss.kl_c.kl_channel]
[train]
epochs = 1
batch_size = {BATCH}
[train.optimizer.adam]
"""


def build_model(examples: int, settings: Sequence[str] = ()) -> Model:
    """The framework's model of the benchmark, with `--set` arguments over it."""
    registry = discover("only:rcmvae")
    layers = [parse(SPEC.encode(), "throughput"), *map(parse_setting, settings)]
    resolved = resolve(merge(layers, slots(registry)), registry)
    context = Context(
        input_shape=(28, 28, 1),
        examples=examples,
        labelled=0,
        classes=10,
        channels=resolved.latent.channels,
        dim=resolved.latent.dim,
        embedding_dim=resolved.latent.embedding_dim,
        layout=resolved.latent.layout,
        steps_per_epoch=examples // BATCH,
        epochs=1,
    )
    return build(resolved, context)


def _framework(images: np.ndarray):
    model, optimizer = build_model(len(images)), optax.adam(1e-3)
    epoch = make_epoch(model, optimizer, steps=len(images) // BATCH, batch_size=BATCH, labelled_batch_size=0)
    empty = jnp.zeros(0, jnp.int32)
    data = Arrays(jnp.asarray(images), empty, jnp.arange(len(images)), empty, jnp.float32(255))
    state = make_create(model, optimizer)(jax.random.key(0), jnp.asarray(images[:128], jnp.float32) / 255)
    return lambda state: epoch(state, data), state


def _by_hand(images: np.ndarray):
    optimizer = optax.adam(1e-3)
    params = raw_jax.init(jax.random.key(0), pixels=784, channels=CHANNELS, dim=DIM)
    epoch = raw_jax.make_epoch(optimizer, batch_size=BATCH, channels=CHANNELS, dim=DIM)
    on_device = jnp.asarray(images)
    return lambda state: epoch(state, on_device), (params, optimizer.init(params), jax.random.key(1))


def main() -> None:
    """Time both in turns, so that a busy machine disturbs them alike."""
    images = mnist_images()[:IMAGES]
    runs = {"rcmvae": _framework(images), "by hand": _by_hand(images)}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    states = {name: state for name, (_, state) in runs.items()}
    for _ in range(ROUNDS + 1):
        for name, (epoch, _) in runs.items():
            start = time.perf_counter()
            states[name], out = epoch(states[name])
            jax.block_until_ready(out)
            seconds[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(times[1:]) for name, times in seconds.items()}
    steps = IMAGES // BATCH
    print(f"dense mixture, K={CHANNELS}, D={DIM}, batch {BATCH}, {steps} steps of MNIST, median of {ROUNDS}:")
    for name, value in medians.items():
        print(f"  {name:<10} {1000 * value / steps:8.2f} ms a step")
    print(f"  throughput, rcmvae / by hand: {medians['by hand'] / medians['rcmvae']:.3f}")


if __name__ == "__main__":
    main()
