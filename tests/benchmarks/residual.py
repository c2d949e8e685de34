"""A training step with the residual encoder against XLA's own convolutions, and against the same by hand."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import jax
import jax.numpy as jnp

from rcmvae_core.training.setup import Prepared
from tests.benchmarks import raw_resnet
from tests.benchmarks.engine import epochs, speed, steps_by_hand, synthetic, train_images
from tests.benchmarks.results import Result, Run
from tests.benchmarks.specs import BATCH, CHANNELS, DIM

STEPS, ROUNDS, SLOW_ROUNDS = 4, 31, 3
SETTINGS = ("encoder=resnet",)


def _by_hand(prepared: Prepared, how: raw_resnet.Convolutions) -> Run:
    """Epochs of one scan; those by XLA, which makes them slower inside a scan, of one call a step."""
    images = train_images(prepared)
    x = jnp.asarray(images[:BATCH], jnp.float32) / 255
    params = raw_resnet.start(jax.random.key(0), prepared.model.init, x)
    loss = partial(raw_resnet.loss, channels=CHANNELS, dim=DIM, how=how)
    return steps_by_hand(images, loss, params, STEPS, scanned=how == "fast")


def measure() -> Iterator[Result]:
    """Time ours and the same by hand in pairs, and that by XLA between rounds of ours."""
    prepared = synthetic(STEPS * BATCH, settings=SETTINGS)
    ours = epochs(prepared)
    row = partial(speed, "residual encoder, mixture", ours, steps=STEPS)
    yield row("XLA's convolutions", _by_hand(prepared, "xla"), limit=1.1, rounds=SLOW_ROUNDS)
    yield row("the same by hand in JAX", _by_hand(prepared, "fast"), limit=0.97, rounds=ROUNDS)
