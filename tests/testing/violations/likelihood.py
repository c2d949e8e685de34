"""Heads that violate their contract."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from rcmvae_core import Head
from tests.testing.violations.violation import violates


def _head(**changes):
    def init(key, features):
        return {"kernel": 0.3 * jax.random.normal(key, (features.shape[-1], 30))}

    def nll(p, x, weights):
        flat = x.reshape(len(x), 1, -1)
        return -jnp.sum(flat * jnp.log(p) + (1 - flat) * jnp.log1p(-p), axis=-1)

    head = Head(
        init,
        lambda params, f: jnp.clip(jax.nn.sigmoid(f @ params["kernel"]), 1e-4, 1 - 1e-4),
        nll,
        lambda p: p.reshape(*p.shape[:2], 6, 5, 1),
        lambda p, key: jax.random.bernoulli(key, p).astype(jnp.float32).reshape(*p.shape[:2], 6, 5, 1),
        lambda p, weights: jnp.sum(weights[..., None] * p, axis=1, keepdims=True),
    )
    return head._replace(**changes)


IMAGES = {"requires": ("data.image",)}


@violates("head", "compiled", "instead of a sum", **IMAGES)
def averages_over_pixels(params, context):
    """-log p(x) as a mean."""
    valid = _head()
    return valid._replace(
        negative_log_likelihood=lambda p, x, w: valid.negative_log_likelihood(p, x, w) / 30**2
    )


@violates("head", "compiled", "the mean of samples is", **IMAGES)
def has_another_mean(params, context):
    """E[x] that is not that of the samples."""
    valid = _head()
    return valid._replace(mean=lambda p: 1 - valid.mean(p))


@violates(
    "head", "compiled", "without values must be 0", requires=("data.features",), provides=("head.missing",)
)
def counts_missing_values(params, context):
    """-log p(x) in which a missing value counts as 0.5."""

    def nll(mean, x, weights):
        values = jnp.where(jnp.isnan(x), 0.5, x)[:, None]
        return jnp.sum((values - mean) ** 2 * 8 + 1.0, axis=-1)

    return Head(
        lambda key, features: {
            "kernel": 0.3 * jax.random.normal(key, (features.shape[-1], *context.input_shape))
        },
        lambda params, features: features @ params["kernel"],
        nll,
        lambda mean: mean,
        lambda mean, key: mean + 0.25 * jax.random.normal(key, mean.shape),
        lambda mean, weights: jnp.sum(weights[..., None] * mean, axis=1, keepdims=True),
    )
