"""Builds a loss that makes q(c|x) smooth in the direction in which it changes most."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from rcmvae_core.plugin.protocols import BuildContext, LossInputs, LossTerm
from rcmvae_plugins.losses._categorical import divergence
from rcmvae_plugins.losses.params import VirtualAdversarialParams


def virtual_adversarial(params: VirtualAdversarialParams, context: BuildContext) -> LossTerm:
    """Build KL(t || q(c|x + ε d)) for the unit direction d in which q(c|x) changes most.

    Near x, KL(q(c|x) || q(c|x + r)) is r^T H r / 2, and d is the eigenvector of the largest eigenvalue of H: that of
    the Fisher information of q(c|x) about x. The power method finds it without H, from a random d,

        d <- g / |g|,   g = ∇_r KL(q(c|x) || q(c|x + r)) at r = ξ d,

    since g is about ξ H d. If g is zero, as where q(c|x) is constant, d stays. Lengths are Euclidean, over all values
    of an input; x + ε d may leave [0, 1]. The target t is q(c|x), or that of a teacher; neither it nor d has a
    gradient, and d is always that of the model itself, since from another target the divergence has no minimum at 0.

    Args:
        params: ε, ξ, how often d is improved, and the target.
        context: unused.

    Returns:
        A LossTerm [B], in nats; locked channels have no gradient. It raises a ValueError if it needs a teacher and
        there is none.

    Source: T. Miyato, S. Maeda, M. Koyama, S. Ishii, "Virtual Adversarial Training: A Regularization Method for
    Supervised and Semi-Supervised Learning", IEEE TPAMI 2019.
    """
    del context

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        own = jax.lax.stop_gradient(inputs.forward.log_responsibilities)

        def change(r: Float[Array, "B *x"]) -> Float[Array, ""]:
            return divergence(jnp.exp(own), own, inputs.infer(inputs.x + r)).sum()

        direction = _unit(jax.random.normal(inputs.key, inputs.x.shape), jnp.zeros_like(inputs.x))
        for _ in range(params.iterations):
            gradient = jax.grad(change)(params.xi * direction)
            direction = jax.lax.stop_gradient(_unit(gradient, direction))
        target = own
        if params.target == "teacher":
            if inputs.teacher is None:
                raise ValueError(
                    "loss `virtual_adversarial` needs a teacher, and this run averages no parameters"
                )
            target = inputs.teacher(inputs.x)
        return divergence(jnp.exp(target), target, inputs.infer(inputs.x + params.epsilon * direction))

    return term


def _unit(vectors: Float[Array, "B *x"], otherwise: Float[Array, "B *x"]) -> Float[Array, "B *x"]:
    """Return vectors divided by their lengths; others where they are zero."""
    axes = tuple(range(1, vectors.ndim))
    largest = jnp.max(jnp.abs(vectors), axis=axes, keepdims=True)
    # By the largest value first: the square of the gradient of a confident q(c|x) would underflow.
    scaled = vectors / jnp.where(largest > 0, largest, 1)
    length = jnp.sqrt(jnp.square(scaled).sum(axis=axes, keepdims=True))
    return jnp.where(largest > 0, scaled / jnp.where(largest > 0, length, 1), otherwise)
