"""The benchmark's model written by hand in plain JAX: what a user without this framework would write."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import optax

WIDTH, EMBEDDING = 256, 16


def _layer(key, fan_in: int, fan_out: int) -> dict:
    kernel = jax.random.normal(key, (fan_in, fan_out)) / fan_in**0.5
    return {"kernel": kernel, "bias": jnp.zeros(fan_out)}


def dense(layer: dict, x):
    """A linear map."""
    return x @ layer["kernel"] + layer["bias"]


def entropies(logits, target):
    """-log p(x) of Bernoulli pixels, summed over the last axis."""
    each = jnp.maximum(logits, 0) - target * logits + jnp.log1p(jnp.exp(-jnp.abs(logits)))
    return each.sum(axis=-1)


def divergence(mean, log_var):
    """KL to the standard normal, over the last axis."""
    return 0.5 * (jnp.exp(log_var) + mean**2 - 1 - log_var).sum(axis=-1)


def init(key, *, pixels: int, channels: int, dim: int) -> dict:
    """Parameters of encoder, embeddings, FiLM decoder and head."""
    keys = iter(jax.random.split(key, 16))
    film = {
        name: {"kernel": jnp.zeros((EMBEDDING, WIDTH)), "bias": jnp.zeros(WIDTH)}
        for name in ("gamma", "beta")
    }
    return {
        "encoder": [_layer(next(keys), pixels, WIDTH), _layer(next(keys), WIDTH, WIDTH)],
        "logits": _layer(next(keys), WIDTH, channels),
        "posterior": _layer(next(keys), WIDTH, 2 * channels * dim),
        "embeddings": jax.random.normal(next(keys), (channels, EMBEDDING)),
        "decoder": [_layer(next(keys), dim, WIDTH), _layer(next(keys), WIDTH, WIDTH)],
        "film": [film, jax.tree.map(jnp.copy, film)],
        "head": _layer(next(keys), WIDTH, pixels),
    }


def loss(params: dict, x, noise, *, channels: int, dim: int):
    """Negative ELBO of a mixture VAE with a latent for each channel, all channels decoded."""
    h = x
    for layer in params["encoder"]:
        h = jax.nn.relu(dense(layer, h))
    return negative_elbo(params, h, x, noise, channels=channels, dim=dim)


def negative_elbo(params: dict, h, x, noise, *, channels: int, dim: int):
    """The same from the features that an encoder made of x."""
    log_q = jax.nn.log_softmax(dense(params["logits"], h))
    mean, raw = jnp.split(dense(params["posterior"], h).reshape(-1, channels, 2 * dim), 2, axis=-1)
    log_var = 10 * jnp.tanh(raw / 10)
    z = mean + jnp.exp(log_var / 2) * noise
    h = z
    for layer, film in zip(params["decoder"], params["film"], strict=True):
        gamma, beta = (dense(film[name], params["embeddings"]) for name in ("gamma", "beta"))
        h = jax.nn.relu((1 + gamma) * dense(layer, h) + beta)
    logits = dense(params["head"], h)
    nll, kl_z = entropies(logits, x[:, None]), divergence(mean, log_var)
    q = jnp.exp(log_q)
    return jnp.mean(jnp.sum(q * (nll + kl_z + log_q + jnp.log(channels)), axis=-1))


def make_epoch(optimizer, *, batch_size: int, channels: int, dim: int):
    """One jitted epoch: shuffle, scan, step."""

    def epoch(carry, images):
        params, slots, key = carry
        key, shuffle, noise = jax.random.split(key, 3)
        steps = len(images) // batch_size
        order = jax.random.permutation(shuffle, len(images))[: steps * batch_size].reshape(steps, batch_size)

        def step(state, row):
            params, slots = state
            index, key = row
            x = images[index].reshape(batch_size, -1).astype(jnp.float32) / 255
            noise = jax.random.normal(key, (batch_size, channels, dim))
            value, grads = jax.value_and_grad(loss)(params, x, noise, channels=channels, dim=dim)
            updates, slots = optimizer.update(grads, slots, params)
            return (optax.apply_updates(params, updates), slots), value

        (params, slots), values = jax.lax.scan(step, (params, slots), (order, jax.random.split(noise, steps)))
        return (params, slots, key), jnp.mean(values)

    return jax.jit(epoch, donate_argnums=0)
