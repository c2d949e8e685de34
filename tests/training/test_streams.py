"""Index streams: even use, fresh order, every index."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rcmvae_core.training.epoch import shuffled_batches


@settings(max_examples=15)
@given(count=st.integers(1, 40), steps=st.integers(1, 8), batch=st.integers(1, 17), seed=st.integers(0, 99))
def test_use_is_even(count: int, steps: int, batch: int, seed: int) -> None:
    indices = jnp.arange(count) * 3 + 1
    rows = np.asarray(shuffled_batches(jax.random.key(seed), indices, steps, batch))
    assert rows.shape == (steps, batch)
    flat = rows.reshape(-1)
    assert set(flat) <= set(np.asarray(indices).tolist())
    for start in range(0, len(flat) - count + 1, count):
        assert len(set(flat[start : start + count])) == count
    uses = np.array([np.sum(flat == index) for index in np.asarray(indices)])
    assert uses.max() - uses.min() <= 1


def test_another_key_gives_another_order() -> None:
    left, right = (shuffled_batches(jax.random.key(seed), jnp.arange(100), 2, 50) for seed in (0, 1))
    assert not np.array_equal(left, right)


def test_positions_are_uniform() -> None:
    """Each index is first equally often, within four standard errors."""
    draws, count = 4000, 5
    keys = jax.random.split(jax.random.key(0), draws)
    first = jax.vmap(lambda key: shuffled_batches(key, jnp.arange(count), 1, count)[0, 0])(keys)
    frequency = np.bincount(first, minlength=count) / draws
    assert np.abs(frequency - 1 / count).max() < 4 * np.sqrt(0.2 * 0.8 / draws)
