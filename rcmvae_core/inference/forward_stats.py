"""Computes what one trained state says about each input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from rcmvae_core.model.covariates import features
from rcmvae_core.model.missing import observed_mean
from rcmvae_core.model.model import Model
from rcmvae_core.plugin.protocols import Forward, ForwardStats, ModelScore, ScoredModel
from rcmvae_core.training.evaluation import input_statistics
from rcmvae_core.training.state import TrainState


def describe(
    model: Model,
    state: TrainState,
    x: Float[Array, "B *x"],
    key: Key[Array, ""] | None,
    scores: Mapping[str, ModelScore] | None = None,
) -> ForwardStats:
    """Run one pass over a batch.

    Args:
        model: the model.
        state: its trained state.
        x: inputs in [0, 1].
        key: of the latents' noise; without one the latents are the posterior means, so that the numbers of an input
            do not depend on its place in the batch.
        scores: the scores of the spec that run the model, by name; without them none is measured.

    Returns:
        Statistics of the B inputs.
    """
    forward = model.forward(state.prediction_params, x, step=state.step, active=state.carry.active, key=key)
    scored, whole = _scored_model(model, state), not model.context.missing
    own = features(model.context, x)
    return ForwardStats(
        **input_statistics(model, state, forward),
        sigma=_sigma(forward),
        squared_error=_sum(jnp.square(x - model.mean(forward, x)), whole),
        variation=_sum(jnp.square(own - _mean(own, whole)), whole),
        detail=_detail(x),
        measured={name: score.measure(scored, x) for name, score in (scores or {}).items()},
    )


def _scored_model(model: Model, state: TrainState) -> ScoredModel:
    params, active = state.prediction_params, state.carry.active
    return ScoredModel(
        encode=lambda x: model.infer(params, x, active)[0],
        elbo=lambda x, posterior, key: model.elbo(
            params, x, posterior, step=state.step, active=active, key=key
        ),
    )


def _sum(values: Float[Array, "B *x"], whole: bool = True) -> Float[Array, " B"]:  # noqa: FBT001, FBT002
    """Sum the values of each input; those that are missing count as the mean of the others."""
    flat = values.reshape(len(values), -1)
    return flat.sum(axis=1) if whole else flat.shape[1] * observed_mean(flat)


def _mean(x: Float[Array, "B *x"], whole: bool) -> Float[Array, "B *one"]:  # noqa: FBT001
    if whole:
        return x.mean(axis=tuple(range(1, x.ndim)), keepdims=True)
    return observed_mean(x.reshape(len(x), -1)).reshape(-1, *(1,) * (x.ndim - 1))


def _detail(x: Float[Array, "B *x"]) -> Float[Array, " B"]:
    """Return Σ (x - x')² over pairs of horizontally and of vertically adjacent pixels."""
    along = [_sum(jnp.square(jnp.diff(x, axis=axis))) for axis in range(1, x.ndim - 1)]
    return sum(along, jnp.zeros(len(x)))


def _sigma(forward: Forward) -> Float[Array, " B"]:
    """Return sqrt(Σ_m s_m · mean σ_m²), NaN where the likelihood has no σ."""
    weights = forward.selection.weights
    sigma: Any = getattr(forward.likelihood, "sigma", None)
    if sigma is None:
        return jnp.full(len(weights), jnp.nan)
    variance = jnp.mean(sigma.reshape(*sigma.shape[:2], -1) ** 2, axis=-1)
    return jnp.sqrt(jnp.sum(weights * variance, axis=1))


def join(parts: Sequence[ForwardStats]) -> ForwardStats:
    """Concatenate the statistics of batches, as NumPy arrays.

    Returns:
        The statistics of all inputs.
    """
    return jax.tree.map(lambda *arrays: np.concatenate(arrays), *parts)
