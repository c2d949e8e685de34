"""The semi-supervised model written by hand in plain JAX: labels through counts, the likeliest channels decoded."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.scipy.special import logsumexp

from tests.benchmarks.raw_jax import dense, divergence, entropies

ALPHA, DECAY = 0.05, 0.95


class Sizes(NamedTuple):
    """What the program is compiled for."""

    channels: int
    dim: int
    top_m: int
    weight: float
    labels: int


def loss(params: dict, counts, x, labelled, labels, noise, sizes: Sizes):  # noqa: PLR0917 - differentiated in the first
    """Negative ELBO over the `top_m` likeliest channels and weighted -log p(y|x); also the next counts [K, Y]."""
    size, h = len(x), jnp.concatenate([x, labelled])
    for layer in params["encoder"]:
        h = jax.nn.relu(dense(layer, h))
    log_q = jax.nn.log_softmax(dense(params["logits"], h))
    posterior = dense(params["posterior"], h[:size]).reshape(size, sizes.channels, 2 * sizes.dim)
    mean, raw = jnp.split(posterior, 2, axis=-1)
    log_var = 10 * jnp.tanh(raw / 10)
    own, taught = log_q[:size], log_q[size:]
    largest, which = jax.lax.top_k(own, sizes.top_m)
    z = _pick(mean, which) + jnp.exp(_pick(log_var, which) / 2) * noise
    h = z
    for layer, film in zip(params["decoder"], params["film"], strict=True):
        gamma, beta = (dense(film[name], params["embeddings"][which]) for name in ("gamma", "beta"))
        h = jax.nn.relu((1 + gamma) * dense(layer, h) + beta)
    nll = (jax.nn.softmax(largest) * entropies(dense(params["head"], h), x[:, None])).sum(axis=-1)
    kl = (jnp.exp(own) * (divergence(mean, log_var) + own + jnp.log(sizes.channels))).sum(axis=-1)
    tau = (counts + ALPHA) / (counts + ALPHA).sum(axis=1, keepdims=True)
    supervised = -logsumexp(taught, axis=-1, b=tau[:, labels].T)
    seen = jnp.exp(jax.lax.stop_gradient(taught)).T @ jax.nn.one_hot(labels, counts.shape[1])
    counts = DECAY * counts + (1 - DECAY) * seen * (sizes.labels / len(labels))
    return jnp.mean(nll + kl) + sizes.weight * jnp.mean(supervised), counts


def _pick(each, which):
    return jnp.take_along_axis(each, which[..., None], axis=1)


def make_epoch(optimizer, sizes: Sizes, *, steps: int, batch_size: int, labelled_batch_size: int):
    """One jitted epoch: shuffle both streams, scan, step."""

    def rows(key, count: int, size: int):
        passes = -(-steps * size // count)
        orders = jax.vmap(lambda k: jax.random.permutation(k, count))(jax.random.split(key, passes))
        return orders.reshape(-1)[: steps * size].reshape(steps, size)

    def epoch(carry, images, labelled, labels):
        params, slots, counts, key = carry
        key, first, second, noise = jax.random.split(key, 4)

        def step(state, row):
            params, slots, counts = state
            index, labelled_index, key = row
            x, taught = (_scaled(a[i]) for a, i in ((images, index), (labelled, labelled_index)))
            noise = jax.random.normal(key, (batch_size, sizes.top_m, sizes.dim))
            (value, counts), grads = jax.value_and_grad(loss, has_aux=True)(
                params, counts, x, taught, labels[labelled_index], noise, sizes
            )
            updates, slots = optimizer.update(grads, slots, params)
            return (optax.apply_updates(params, updates), slots, counts), value

        each = (
            rows(first, len(images), batch_size),
            rows(second, len(labels), labelled_batch_size),
            jax.random.split(noise, steps),
        )
        (params, slots, counts), values = jax.lax.scan(step, (params, slots, counts), each)
        return (params, slots, counts, key), jnp.mean(values)

    return jax.jit(epoch, donate_argnums=0)


def _scaled(images):
    return images.reshape(len(images), -1).astype(jnp.float32) / 255
