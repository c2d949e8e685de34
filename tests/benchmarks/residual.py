"""A training step with the residual encoder against XLA's own convolutions, and against the same by hand."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import jax
import jax.numpy as jnp
import optax

from rcmvae_core.training.setup import Prepared
from tests.benchmarks import raw_resnet
from tests.benchmarks.engine import by_hand, epochs, synthetic, train_images
from tests.benchmarks.results import Result, Run, a_step, at_least, in_turns, quotient
from tests.benchmarks.specs import BATCH, CHANNELS, DIM

STEPS, ROUNDS, SLOW_ROUNDS = 4, 31, 3
SETTINGS = ("encoder=resnet",)


def _by_hand(prepared: Prepared, how: raw_resnet.Convolutions) -> Run:
    """Epochs of one scan; those by XLA, which makes them slower inside a scan, of one call a step."""
    images = train_images(prepared)
    x = jnp.asarray(images[:BATCH], jnp.float32) / 255
    params, optimizer = raw_resnet.start(jax.random.key(0), prepared.model.init, x), optax.adam(1e-3)
    loss = partial(raw_resnet.loss, channels=CHANNELS, dim=DIM, how=how)
    on_device = jnp.asarray(images)

    def step(state, row):
        params, slots = state
        index, key = row
        batch = on_device[index].astype(jnp.float32) / 255
        noise = jax.random.normal(key, (BATCH, CHANNELS, DIM))
        value, grads = jax.value_and_grad(loss)(params, batch, noise)
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
        if how == "fast":
            state, values = every(state, key)
            return (state, following), jnp.mean(values)
        for row in zip(*rows(key), strict=True):
            state, value = one(state, row)
        return (state, following), value

    return by_hand(epoch, ((params, optimizer.init(params)), jax.random.key(1)))


def measure() -> Iterator[Result]:
    """Time ours and the same by hand in pairs, and that by XLA between rounds of ours."""
    prepared = synthetic(STEPS * BATCH, settings=SETTINGS)
    ours = epochs(prepared)
    yield _row(ours, "XLA's convolutions", _by_hand(prepared, "xla"), 1.1, SLOW_ROUNDS)
    yield _row(ours, "the same by hand in JAX", _by_hand(prepared, "fast"), 0.97, ROUNDS)


def _row(ours: Run, name: str, reference: Run, limit: float, rounds: int) -> Result:
    seconds = in_turns({"ours": ours, "reference": reference}, rounds)
    ratio, spread = quotient(seconds["reference"], seconds["ours"])
    return Result(
        f"training step, residual encoder, mixture K={CHANNELS} D={DIM}, batch {BATCH}, 28x28: speed",
        a_step(seconds["ours"], STEPS),
        f"{name} {a_step(seconds['reference'], STEPS)}",
        ratio,
        at_least(limit),
        spread,
    )
