"""Builds the mixture prior: a channel from π, then a standard normal."""

from __future__ import annotations

from typing import Any

from jaxtyping import Array, Key

from rcmvae_core.plugin.protocols import BuildContext, Params, Prior
from rcmvae_plugins.priors._channel_weights import channel_weights
from rcmvae_plugins.priors._normal import (
    kl_to_standard_normal,
    standard_normal_log_prob,
    standard_normal_sampler,
    zero_means,
)
from rcmvae_plugins.priors.params import MixtureParams


def mixture(params: MixtureParams, context: BuildContext) -> Prior:
    """Build p(c) = π_c, p(z|c) = N(0, I).

    Args:
        params: whether π is learned.
        context: channels K, latent size D.

    Returns:
        A Prior whose KL is analytic, [B, k].
    """
    weights = channel_weights(params.pi, context.channels)

    def init(key: Key[Array, ""], inputs: Any) -> Params:
        del key, inputs
        return weights.init()

    sample = standard_normal_sampler(context.channels, context.dim)
    return Prior(
        init, weights.log_pi, kl_to_standard_normal, sample, weights.channel_axes,
        log_prob=standard_normal_log_prob(context.channels), means=zero_means(context.channels, context.dim),
    )  # fmt: skip
