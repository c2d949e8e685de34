"""The new kind: what a part of it is, and one part."""

from typing import NamedTuple

import jax.numpy as jnp


class Anchor(NamedTuple):
    """A point for each channel.

    Args:
        points: [K D].
    """

    points: jnp.ndarray


def ring(params, context):
    """Points spread evenly on a circle."""
    angles = 2 * jnp.pi * jnp.arange(context.channels) / context.channels
    return Anchor(params.radius * jnp.stack([jnp.cos(angles), jnp.sin(angles)], axis=-1))
