"""Builds p(c), uniform or learned, for the priors with channels."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from rcmvae_core.plugin.protocols import Params
from rcmvae_plugins.priors.params import Weights


class ChannelWeights(NamedTuple):
    """p(c) as components of a `Prior`.

    Args:
        init: returns the initial parameters of π.
        log_pi: maps parameters to log π [K].
        channel_axes: the channel axis of each parameter.
    """

    init: Callable[[], Params]
    log_pi: Callable[[Params], Float[Array, " K"]]
    channel_axes: Mapping[str, int]


def channel_weights(pi: Weights, channels: int) -> ChannelWeights:
    """Build π = 1/K, or a learned π = softmax(w), which is uniform initially, at w = 0.

    Args:
        pi: uniform or learned.
        channels: K.

    Returns:
        ChannelWeights; a uniform π has no parameters.
    """

    def uniform(params: Params) -> Float[Array, " K"]:
        del params
        return jnp.full(channels, -math.log(channels))

    def learned(params: Params) -> Float[Array, " K"]:
        return jax.nn.log_softmax(params["pi_logits"])

    if pi == "uniform":
        return ChannelWeights(dict, uniform, {})
    return ChannelWeights(lambda: {"pi_logits": jnp.zeros(channels)}, learned, {"pi_logits": 0})
