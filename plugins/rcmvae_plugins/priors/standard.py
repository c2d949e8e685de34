"""Builds the prior of a plain VAE."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import BuildContext, Params, Prior
from rcmvae_plugins.priors._normal import (
    kl_to_standard_normal,
    standard_normal_log_prob,
    standard_normal_sampler,
    zero_means,
)


def standard(params: NoParams, context: BuildContext) -> Prior:
    """Build p(z) = N(0, I) for a single channel: log p(c) = [0].

    Args:
        params: none.
        context: latent size D; one channel.

    Returns:
        A Prior whose KL is analytic, [B, 1].
    """
    del params

    def init(key: Key[Array, ""], inputs: Any) -> Params:
        del key, inputs
        return {}

    def log_pi(params: Params) -> Float[Array, " K"]:
        del params
        return jnp.zeros(context.channels)

    sample = standard_normal_sampler(context.channels, context.dim)
    return Prior(
        init, log_pi, kl_to_standard_normal, sample,
        log_prob=standard_normal_log_prob(context.channels), means=zero_means(context.channels, context.dim),
    )  # fmt: skip
