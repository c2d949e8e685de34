"""Estimates log p(x) of the binary digits with many importance samples, and keeps the result beside the run."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.nn import logsumexp
from jaxtyping import Array, Float

from rcmvae_core import load
from rcmvae_core.model.forward import decode_selected, infer, log_pi, sample_latents
from rcmvae_core.model.model import Model
from rcmvae_core.training.state import TrainState

_BATCH = 100
_CHUNK = 50
"""Importance samples of one call."""


def importance_weighted(run: Path, binary: Path, inputs: int, samples: int) -> dict[int, float]:
    """Return -log p(x) of the first test images by seed, computed or as it was kept.

    Args:
        run: a finished run directory.
        binary: the file of binary digits.
        inputs: number of test images.
        samples: I.
    """
    kept = run / f"importance-{inputs}-{samples}.json"
    if kept.is_file():
        return {int(seed): value for seed, value in json.loads(kept.read_text()).items()}
    with np.load(binary) as file:
        x = file["test"][:inputs].astype(np.float32) / 255
    model = load(run)
    found = {
        seed: nll(model.model, state, x, samples)
        for seed, state in zip(model.seeds, model.states, strict=True)
    }
    kept.write_text(json.dumps(found))
    return found


def nll(model: Model, state: TrainState, x: Float[np.ndarray, "N *x"], samples: int) -> float:
    """Return the mean over inputs of -log (1/I) Σ_i w_i, an upper bound of -log p(x) in expectation.

    With one latent for all channels and no conditioner p(x|z) does not depend on c, and the weights are
    p(x|z) Σ_c π_c p(z|c) / q(z|x): the channel is summed and not sampled. Else they are those of `Model.log_weights`.

    Args:
        model: the model.
        state: its trained state.
        x: inputs in [0, 1].
        samples: I.
    """
    shared = model.context.layout == "shared"

    @jax.jit
    def weigh(params: Any, batch: Array, key: Array) -> Array:
        if not shared:
            return model.log_weights(params, batch, active=state.carry.active, key=key, samples=_CHUNK)
        draw = lambda key: _marginal(model, params, batch, state.carry.active, key)  # noqa: E731
        return jax.lax.map(draw, jax.random.split(key, _CHUNK)).T

    total = 0.0
    for start in range(0, len(x), _BATCH):
        batch = jnp.asarray(x[start : start + _BATCH])
        keys = jax.random.split(jax.random.key(start), max(1, samples // _CHUNK))
        weights = np.concatenate([np.asarray(weigh(state.prediction_params, batch, k)) for k in keys], axis=1)
        total -= float(logsumexp(weights.astype(np.float64), axis=1).sum())
        total += len(batch) * math.log(weights.shape[1])
    return total / len(x)


def _marginal(model: Model, params: Any, x: Array, active: Array, key: Array) -> Array:
    """Return log p(x|z) + log p(z) - log q(z|x) of one sample z of q(z|x)."""
    parts = model.parts
    posterior, _ = infer(parts, params, x, active)
    mean, log_var = posterior.mean[:, 0], posterior.log_var[:, 0]
    z = sample_latents(posterior, key)[:, :1]
    likelihood = decode_selected(parts, params, z, jnp.zeros((len(x), 1), int), x)
    log_p_x = -parts.head.negative_log_likelihood(likelihood, x, jnp.ones((len(x), 1)))[:, 0]
    if parts.prior.log_prob is None:
        raise ValueError("the prior has no density p(z|c)")
    encode = lambda inputs: parts.encoder.apply(params["encoder"], inputs)  # noqa: E731
    log_p_z = logsumexp(
        parts.prior.log_prob(params["prior"], z, encode=encode) + log_pi(parts, params, active), axis=1
    )
    log_q = -0.5 * jnp.sum(
        (z[:, 0] - mean) ** 2 * jnp.exp(-log_var) + log_var + math.log(2 * math.pi), axis=1
    )
    return log_p_x + log_p_z - log_q
