"""The mixture prior: a channel from π, then a standard normal."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from rcmvae_core.protocols import Context, Params, Prior
from rcmvae_plugins.priors.normal import kl_to_standard_normal, standard_normal_sampler
from rcmvae_plugins.priors.params import MixtureParams


def mixture(params: MixtureParams, context: Context) -> Prior:
    """p(c) = π_c, p(z|c) = N(0, I).

    A learned π = softmax(w) starts uniform, at w = 0.

    Args:
        params: whether π is learned.
        context: channels K, latent size D.

    Returns:
        A Prior whose KL is analytic, [B, k].
    """
    learned = params.pi == "learned"

    def init(key: Key[Array, ""], inputs: Any) -> Params:
        del key, inputs
        return {"pi_logits": jnp.zeros(context.channels)} if learned else {}

    def log_pi(params: Params) -> Float[Array, " K"]:
        if learned:
            return jax.nn.log_softmax(params["pi_logits"])
        return jnp.full(context.channels, -math.log(context.channels))

    sample = standard_normal_sampler(context.channels, context.dim)
    return Prior(init, log_pi, kl_to_standard_normal, sample)
