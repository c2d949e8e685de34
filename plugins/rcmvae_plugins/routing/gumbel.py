"""Builds stochastic selection of channels by the Gumbel-softmax relaxation."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.protocols import BuildContext, Routing, RoutingContext, Selection
from rcmvae_plugins.routing._gating import gate, warmup
from rcmvae_plugins.routing.params import GumbelParams

# Any log weight whose exponential is exactly zero in float32; finite, because -inf - -inf is not a number.
_LOCKED = -1e9


def straight_through(weights: Float[Array, "B M"]) -> Float[Array, "B M"]:
    """Return exactly 1 for the largest weight and 0 for the others, with the gradient of the weights.

    Example:
        >>> straight_through(jnp.array([[0.3, 0.6, 0.1]])).tolist()
        [[0.0, 1.0, 0.0]]
    """
    hard = jax.nn.one_hot(jnp.argmax(weights, axis=-1), weights.shape[-1], dtype=weights.dtype)
    # The difference is exactly zero, but (hard - weights) + weights would be rounded.
    return hard + (weights - jax.lax.stop_gradient(weights))


def gumbel(params: GumbelParams, context: BuildContext) -> Routing:
    """Weight channels by s = softmax((log q(c|x) + g) / T) over the active channels, g from Gumbel(0, 1).

    T = max(floor, schedule(step)), times the factor of the curriculum. Gating keeps the M largest noisy s.

    The argmax of log q + g is a sample from q, so E[s] = q with `straight_through`; without it E[s] tends to q as T
    decreases. Without a key (in evaluation), s = q, the mean of the samples: the weighted reconstruction is then the
    term of the ELBO, and evaluations do not depend on T. With g = 0 instead, weights would be sharper than q below
    T = 1, and the result would not be a bound. If a curriculum requires soft selection, also s = q.

    Args:
        params: T and its lower bound, `straight_through`, M, and the duration in which embeddings are mixed.
        context: channels K, steps per epoch.

    Returns:
        A Routing: weights [B, K] without channel indices, or weights and channels [B, M] with gating; a locked
        channel has weight zero and gets no gradient.

    Source: E. Jang, S. Gu, B. Poole, "Categorical Reparameterization with Gumbel-Softmax", 2017;
    C. J. Maddison, A. Mnih, Y. W. Teh, "The Concrete Distribution", 2017.
    """
    select, mix = gate(params.top_m, context.channels), warmup(params.soft_embedding, context)

    def relax(
        log_q: Float[Array, "B K"], key: Key[Array, ""], context: RoutingContext
    ) -> Float[Array, "B K"]:
        noise = jax.random.gumbel(key, log_q.shape, log_q.dtype)
        temperature = jnp.maximum(params.floor, params.temperature(context.step)) * context.temperature
        # Masked again after the division, because a high temperature could raise a locked channel above zero weight.
        scaled = jnp.where(context.active, (log_q + noise) / temperature, _LOCKED)
        relaxed = jnp.where(context.active, jax.nn.log_softmax(scaled, axis=-1), _LOCKED)
        return jnp.where(context.soft, log_q, relaxed)

    def route(log_responsibilities: Float[Array, "B K"], context: RoutingContext) -> Selection:
        mixed, key = mix(context.step), context.key
        if key is None:
            return select(log_responsibilities)._replace(mix_embeddings=mixed)
        weights, channels, _ = select(relax(log_responsibilities, key, context))
        if params.straight_through:
            weights = jnp.where(context.soft, weights, straight_through(weights))
        return Selection(weights, channels, mixed)

    return route
