"""Priors and routings with a fault."""

# ruff: noqa: ARG005 - functions of a protocol take what it passes

from __future__ import annotations

import jax
import jax.numpy as jnp

from rcmvae_core import Prior, Selection
from tests.conformance.planted.fault import planted


def _standard(**changes):
    def kl(params, inference, *, latents, encode, active, key):
        m, v = inference.mean, inference.log_var
        return 0.5 * jnp.sum(jnp.exp(v) + m**2 - 1 - v, axis=-1)

    def sample(params, key, count, *, encode):
        return jax.random.normal(key, (count, 3, 2))

    whole = Prior(lambda key, inputs: {}, lambda params: jnp.log(jnp.full(3, 1 / 3)), kl, sample)
    return whole._replace(**changes)


PRIOR = {"provides": ("latent.channels",)}


@planted("prior", "compiled", "a KL is never negative", **PRIOR)
def has_a_negative_kl(params, context):
    """The KL with a wrong sign."""
    right = _standard()
    return right._replace(kl=lambda *a, **k: -right.kl(*a, **k))


@planted("prior", "compiled", "p\\(c\\) must sum to one", **PRIOR)
def is_not_normalised(params, context):
    """p(c) = 1 for every channel."""
    return _standard(log_pi=lambda params: jnp.zeros(3))


@planted("prior", "compiled", "it ignores its key", **PRIOR)
def ignores_its_key(params, context):
    """Samples that are always zero."""
    return _standard(sample=lambda params, key, count, *, encode: jnp.zeros((count, 3, 2)))


@planted("prior", "compiled", "uses a key twice", **PRIOR)
def reuses_its_key(params, context):
    """Two draws from one key."""

    def sample(params, key, count, *, encode):
        return jax.random.normal(key, (count, 3, 2)) + jax.random.normal(key, (count, 3, 2))

    return _standard(sample=sample)


@planted("prior", "compiled", "`prior.learned_pi` is not provided", **PRIOR)
def learns_in_secret(params, context):
    """p(c) from parameters, without saying so."""
    return _standard(
        init=lambda key, x: {"logits": jnp.zeros(3)}, log_pi=lambda p: jax.nn.log_softmax(p["logits"])
    )


@planted("routing", "compiled", "a locked channel has a weight")
def decodes_locked_channels(params, context):
    """Every channel alike, locked or not."""

    def route(log_q, about):
        return Selection(jnp.full_like(log_q, 1 / 3), jnp.arange(3)[None])

    return route


@planted("routing", "compiled", "sum to one")
def weighs_too_much(params, context):
    """Twice the responsibilities."""
    return lambda log_q, about: Selection(2 * jnp.exp(log_q), jnp.arange(3)[None])
