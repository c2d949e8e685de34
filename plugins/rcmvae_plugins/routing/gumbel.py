"""Stochastic selection of channels by the Gumbel-softmax relaxation."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from rcmvae_core.model import LOCKED
from rcmvae_core.protocols import Context, Routing, RoutingContext, Selection
from rcmvae_plugins.routing.gating import gate, warmup
from rcmvae_plugins.routing.params import GumbelParams


def straight_through(weights: Float[Array, "B M"]) -> Float[Array, "B M"]:
    """The largest weight as exactly 1 and the others as exactly 0, with the gradient of the weights.

    Example:
        >>> straight_through(jnp.array([[0.3, 0.6, 0.1]])).tolist()
        [[0.0, 1.0, 0.0]]
    """
    hard = jax.nn.one_hot(jnp.argmax(weights, axis=-1), weights.shape[-1], dtype=weights.dtype)
    # The difference is exactly zero; hard - weights + weights would only be nearly hard.
    return hard + (weights - jax.lax.stop_gradient(weights))


def gumbel(params: GumbelParams, context: Context) -> Routing:
    """Select with s = softmax((log q(c|x) + g) / T) over the active channels, g from Gumbel(0, 1).

    T = max(floor, schedule(step)), times the curriculum's factor. Gating keeps the M largest of the noisy s.
    The largest of log q + g is a draw from q, so that E[s] is q with `straight_through`, and tends to q as T
    falls without it. Hence s = q where there is no key: noise is replaced by its mean, the weighted reconstruction
    is the ELBO's own term, and an evaluation does not move with T. (The formula with g = 0 weights by other than q,
    below T = 1 by a sharper one, and its value bounds nothing.) Where a curriculum asks for soft selection, s = q too.

    Args:
        params: T and its floor, whether the forward pass is one-hot, M, and how long embeddings are mixed.
        context: channels K, steps in an epoch.

    Returns:
        A Routing: weights [B, K] and channels [1, K], or weights and channels [B, M] with gating; a locked
        channel has weight zero and gets no gradient.

    Source: E. Jang, S. Gu, B. Poole, "Categorical Reparameterization with Gumbel-Softmax", 2017;
    C. J. Maddison, A. Mnih, Y. W. Teh, "The Concrete Distribution", 2017.
    """
    select, mix = gate(params.top_m, context.channels), warmup(params.soft_embedding, context.steps_per_epoch)

    def relax(
        log_q: Float[Array, "B K"], key: Key[Array, ""], context: RoutingContext
    ) -> Float[Array, "B K"]:
        noise = jax.random.gumbel(key, log_q.shape, log_q.dtype)
        temperature = jnp.maximum(params.floor, params.temperature(context.step)) * context.temperature
        # Masked after the division too, for a high temperature would lift a locked channel out of its depth.
        scaled = jnp.where(context.active, (log_q + noise) / temperature, LOCKED)
        relaxed = jnp.where(context.active, jax.nn.log_softmax(scaled, axis=-1), LOCKED)
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
