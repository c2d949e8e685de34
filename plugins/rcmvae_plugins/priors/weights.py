"""p(c), which the priors with channels share: uniform, or learned."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from rcmvae_core.protocols import Params
from rcmvae_plugins.priors.params import Weights


class ChannelWeights(NamedTuple):
    """p(c) as parts of a `Prior`: its share of the parameters, log π of them, and their channel axes."""

    init: Callable[[], Params]
    log_pi: Callable[[Params], Float[Array, " K"]]
    channel_axes: Mapping[str, int]


def channel_weights(pi: Weights, channels: int) -> ChannelWeights:
    """π = 1/K; learned, π = softmax(w), which starts uniform at w = 0.

    Args:
        pi: which of the two.
        channels: K.
    """

    def uniform(params: Params) -> Float[Array, " K"]:
        del params
        return jnp.full(channels, -math.log(channels))

    def learned(params: Params) -> Float[Array, " K"]:
        return jax.nn.log_softmax(params["pi_logits"])

    if pi == "uniform":
        return ChannelWeights(dict, uniform, {})
    return ChannelWeights(lambda: {"pi_logits": jnp.zeros(channels)}, learned, {"pi_logits": 0})
