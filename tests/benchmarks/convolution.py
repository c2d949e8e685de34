"""A training step of the convolutional model against strided transposed convolutions, and against by hand.

The transposed model runs one call a step: inside a scan XLA makes it slower still.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from tests.benchmarks.conv_by_hand import ByHand
from tests.benchmarks.engine import epochs, speed, steps_by_hand, synthetic, train_images
from tests.benchmarks.results import Result, Run
from tests.benchmarks.specs import BATCH

STEPS, ROUNDS, SLOW_ROUNDS = 4, 31, 3
SETTINGS = ("encoder=conv", "backbone=conv")


def _by_hand(images: np.ndarray, upsample: str, *, scanned: bool) -> Run:
    module, x = ByHand(upsample), jnp.asarray(images[:BATCH], jnp.float32) / 255
    params = jax.jit(module.init)(jax.random.key(0), x, 0.0)["params"]
    return steps_by_hand(
        images, lambda p, x, noise: module.apply({"params": p}, x, noise), params, STEPS, scanned=scanned
    )


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
    row = partial(speed, "convolutional mixture", ours, steps=STEPS)
    yield row("strided transposed convolutions", slow, limit=4, rounds=SLOW_ROUNDS)
    yield row("the same by hand in Flax", hand, limit=0.98, rounds=ROUNDS)
