"""Builds losses that are negative log densities of channel probabilities or logits."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax.scipy.special import logsumexp
from jaxtyping import Array, Float

from rcmvae_core.plugin.protocols import BuildContext, LossInputs, LossTerm
from rcmvae_plugins.losses.params import DirichletParams, LogitMogParams


def dirichlet(params: DirichletParams, context: BuildContext) -> LossTerm:
    """Build -Σ_c (α - 1) log v_c over the unlocked channels, v = π or q(c|x): -log Dirichlet(v; α) without its constant.

    On π, with weight 1 / N for N training inputs, this gives the MAP estimate, as the core averages over examples. For
    α > 1 the minimum is at the uniform v. For α < 1 the value is unbounded below as a probability goes to zero; on
    q(c|x) only other terms prevent that.

    Args:
        params: α, and which of the two v is.
        context: unused.

    Returns:
        A LossTerm [B], in nats; on π the same value for every example. Locked channels have no gradient.
    """
    del context

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        forward = inputs.forward
        on_pi = params.on == "pi"
        log_v = forward.log_pi if on_pi else forward.log_responsibilities
        value = (1 - params.alpha) * jnp.where(inputs.active, log_v, 0).sum(axis=-1)
        return jnp.broadcast_to(value, inputs.x.shape[:1])

    return term


def logit_mog(params: LogitMogParams, context: BuildContext) -> LossTerm:
    """Build -log Σ_k (1/A) N(l; M e_k, σ² I), where l are the logits of the A unlocked channels and e_k is a unit vector.

    It makes every input choose a channel by a margin of M, and fixes the scale of the logits.

    Args:
        params: M and σ.
        context: unused.

    Returns:
        A LossTerm [B], in nats; locked channels have no gradient.
    """
    del context
    mean, variance = params.mean, params.sigma**2

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        active = inputs.active
        # A locked logit may be infinite, and 0 · inf is NaN: it must not enter any operation.
        logits = jnp.where(active, inputs.forward.encoder_output.logits, 0)
        nearest = jax.nn.one_hot(jnp.argmax(jnp.where(active, logits, -jnp.inf), axis=-1), logits.shape[-1])
        highest = (nearest * logits).sum(axis=-1, keepdims=True)
        # Relative to the nearest component n, so that large values are not subtracted from each other:
        # |l - M e_k|² = |l - M e_n|² + 2M (l_n - l_k).
        distance = jnp.where(active, logits - mean * nearest, 0) ** 2
        others = logsumexp(mean * (logits - highest) / variance, axis=-1, where=active)
        count = active.sum()
        constant = jnp.log(count) + count / 2 * math.log(2 * math.pi * variance)
        return distance.sum(axis=-1) / (2 * variance) - others + constant

    return term
