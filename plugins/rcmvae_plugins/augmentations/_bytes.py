"""Draws random bytes, a quarter as many random words as numbers."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

_PER_WORD = 4
LEVELS = 256


def draw_bytes(key: Key[Array, ""], shape: tuple[int, ...]) -> Float[Array, "..."]:
    """Draw independent whole numbers from 0 to 255, each equally likely.

    Random words take most of the time of drawing many numbers on CPU, and eight bits are enough for the value of a
    pixel, or for a term of a sum.

    Args:
        key: of the draw.
        shape: of the result.

    Returns:
        The numbers, as floats.
    """
    size = math.prod(shape)
    words = jax.random.bits(key, (-(-size // _PER_WORD),), jnp.uint32)
    return (
        jax.lax.bitcast_convert_type(words, jnp.uint8).reshape(-1)[:size].reshape(shape).astype(jnp.float32)
    )
