"""What one trained state says about inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from rcmvae_core.model import Model
from rcmvae_core.protocols import Forward, Outcome
from rcmvae_core.training.state import TrainState

__all__ = ["Outcome", "describe", "join", "likeliest"]


def describe(
    model: Model, state: TrainState, x: Float[Array, "B *x"], key: Key[Array, ""] | None, *, marginal: bool
) -> Outcome:
    """One pass over a batch.

    Args:
        model: the model.
        state: trained.
        x: inputs in [0, 1].
        key: of the latents' noise; without one they are the means, and no input's numbers hang on where it stands.
        marginal: whether the prior's KL counts the channel already.
    """
    forward = model.forward(state.params, x, step=state.step, active=state.carry.active, key=key)
    q = forward.responsibilities
    divergence = jnp.sum(q * (forward.log_responsibilities - forward.log_pi), axis=1)
    return Outcome(
        responsibilities=q,
        probabilities=model.predict(state.carry, q),
        latents=likeliest(forward),
        negative_log_likelihood=jnp.sum(forward.selection.weights * forward.nll, axis=1),
        kl_latent=jnp.sum(q * forward.kl, axis=1),
        kl_channel=jnp.zeros_like(divergence) if marginal else divergence,
        sigma=_sigma(forward),
        squared_error=_sum(jnp.square(x - model.mean(forward))),
        variation=_sum(jnp.square(x - x.mean(axis=tuple(range(1, x.ndim)), keepdims=True))),
        detail=_detail(x),
    )


def _sum(values: Float[Array, "B *x"]) -> Float[Array, " B"]:
    return values.reshape(len(values), -1).sum(axis=1)


def _detail(x: Float[Array, "B *x"]) -> Float[Array, " B"]:
    """Σ (x - x')² over pixels side by side and one below the other."""
    along = [_sum(jnp.square(jnp.diff(x, axis=axis))) for axis in range(1, x.ndim - 1)]
    return sum(along, jnp.zeros(len(x)))


def likeliest(forward: Forward) -> Float[Array, "B D"]:
    """The posterior mean of the likeliest channel's latent."""
    means = forward.inference.mean
    best = jnp.argmax(forward.responsibilities, axis=1)[:, None, None] % means.shape[1]
    return jnp.take_along_axis(means, best, axis=1)[:, 0]


def _sigma(forward: Forward) -> Float[Array, " B"]:
    """sqrt(Σ_m s_m · mean σ_m²)."""
    weights = forward.selection.weights
    sigma: Any = getattr(forward.likelihood, "sigma", None)
    if sigma is None:
        return jnp.full(len(weights), jnp.nan)
    variance = jnp.mean(sigma.reshape(*sigma.shape[:2], -1) ** 2, axis=-1)
    return jnp.sqrt(jnp.sum(weights * variance, axis=1))


def join(parts: Sequence[Outcome]) -> Outcome:
    """What was said batch by batch, on the host."""
    return jax.tree.map(lambda *arrays: np.concatenate(arrays), *parts)
