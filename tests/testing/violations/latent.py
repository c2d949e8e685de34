"""Priors and routings that violate their contract."""

# ruff: noqa: ARG005 - functions of a protocol take what it passes

from __future__ import annotations

import jax
import jax.numpy as jnp

from rcmvae_core import Prior, Selection
from tests.testing.violations.violation import violates


def _standard(**changes):
    def kl(params, posterior, *, latents, encode, active, key):
        m, v = posterior.mean, posterior.log_var
        return 0.5 * jnp.sum(jnp.exp(v) + m**2 - 1 - v, axis=-1)

    def sample(params, key, count, *, encode):
        return jax.random.normal(key, (count, 3, 2))

    prior = Prior(lambda key, inputs: {}, lambda params: jnp.log(jnp.full(3, 1 / 3)), kl, sample)
    return prior._replace(**changes)


PRIOR = {"provides": ("latent.channels",)}


@violates("prior", "compiled", "a KL is never negative", **PRIOR)
def has_a_negative_kl(params, context):
    """The KL with the wrong sign."""
    valid = _standard()
    return valid._replace(kl=lambda *a, **k: -valid.kl(*a, **k))


@violates("prior", "compiled", "p\\(c\\) must sum to one", **PRIOR)
def is_not_normalised(params, context):
    """p(c) = 1 for every channel."""
    return _standard(log_pi=lambda params: jnp.zeros(3))


@violates("prior", "compiled", "it ignores its key", **PRIOR)
def ignores_its_key(params, context):
    """Samples that are always zero."""
    return _standard(sample=lambda params, key, count, *, encode: jnp.zeros((count, 3, 2)))


@violates("prior", "compiled", "uses a key twice", **PRIOR)
def reuses_its_key(params, context):
    """Two draws from one key."""

    def sample(params, key, count, *, encode):
        return jax.random.normal(key, (count, 3, 2)) + jax.random.normal(key, (count, 3, 2))

    return _standard(sample=sample)


@violates("prior", "compiled", "`prior.learned_pi` is not provided", **PRIOR)
def learns_in_secret(params, context):
    """p(c) from parameters, without declaring it."""
    return _standard(
        init=lambda key, x: {"logits": jnp.zeros(3)}, log_pi=lambda p: jax.nn.log_softmax(p["logits"])
    )


@violates("prior", "compiled", "kl with the latents of 1 of 3 channels`: it depends on `latents`", **PRIOR)
def broadcasts_the_latents_of_a_channel(params, context):
    """A sampled KL of the decoded latents, which for one channel of three is computed with the wrong posterior."""

    def kl(params, posterior, *, latents, encode, active, key):
        noise = (latents - posterior.mean) ** 2 / jnp.exp(posterior.log_var)
        return 0.5 * jnp.sum(latents**2 - noise - posterior.log_var, axis=-1)

    return _standard(kl=kl)


@violates("prior", "compiled", "is not the density of its samples", **PRIOR)
def has_another_density(params, context):
    """A density without its constant."""

    def log_prob(params, latents, *, encode):
        return jnp.broadcast_to(-0.5 * jnp.sum(latents**2, axis=-1), (len(latents), 3))

    return _standard(log_prob=log_prob)


@violates("prior", "compiled", "the means are not those of", **PRIOR)
def has_other_means(params, context):
    """Means of one."""
    return _standard(means=lambda params, *, encode: jnp.ones((3, 2)))


@violates("prior", "compiled", "pseudo-inputs must be in", **PRIOR)
def has_pseudo_inputs_out_of_range(params, context):
    """Pseudo-inputs of two."""
    return _standard(pseudo_inputs=lambda params: jnp.full((3, *context.input_shape), 2.0))


@violates("routing", "compiled", "weight of a locked channel must be zero")
def decodes_locked_channels(params, context):
    """Equal weights for every channel, locked or not."""

    def route(log_q, step):
        return Selection(jnp.full_like(log_q, 1 / 3), jnp.arange(3)[None])

    return route


@violates("routing", "compiled", "sum to one")
def weighs_too_much(params, context):
    """Twice the responsibilities."""
    return lambda log_q, step: Selection(2 * jnp.exp(log_q), jnp.arange(3)[None])
