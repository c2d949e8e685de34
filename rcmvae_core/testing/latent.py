"""Priors and routings: distributions over channels and latents, and which channels are decoded."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rcmvae_core.model.forward import LOCKED
from rcmvae_core.protocols import Inference, Prior, Routing, RoutingContext, Selection
from rcmvae_core.testing.arrays import TOLERANCE, normal, stirred, uniform
from rcmvae_core.testing.probe import Probe, jitted, record, shaped
from rcmvae_core.testing.report import Fault
from rcmvae_core.testing.subject import BATCH, Subject
from rcmvae_core.testing.weights import channel_axes

_SAMPLES, _DRAWS = 6, 64


def inference(subject: Subject, batch: int = BATCH, seed: int = 0) -> Inference:
    """An encoder's output of these sizes."""
    context = subject.context
    shape = (batch, context.posteriors, context.dim)
    return Inference(
        normal(seed, batch, context.channels), normal(seed + 1, *shape), 0.3 * normal(seed + 2, *shape)
    )


def encode(subject: Subject, x: jax.Array) -> Inference:
    """An encoder without parameters: sines of the sums of the input."""
    context = subject.context
    total = jnp.sum(x.reshape(len(x), -1), axis=1)
    numbers = jnp.arange(context.posteriors * context.dim, dtype=jnp.float32)
    mean = jnp.sin(total[:, None] + numbers).reshape(-1, context.posteriors, context.dim)
    return Inference(jnp.cos(total[:, None] + jnp.arange(context.channels)), mean, jnp.zeros_like(mean))


def prior(subject: Subject) -> Iterator[Probe]:
    """The functions of a prior."""
    found, context = subject.build(), subject.context
    record(found, Prior, "a prior")
    x = uniform(0, 12, *context.input_shape)
    params = stirred(jitted(found.init)(jax.random.key(3), x))
    channel_axes(found, params, context.channels, tells=False)
    yield Probe("init", found.init, (jax.random.key(3), x), lambda _: None, key=0)
    yield _log_pi(subject, found, params)
    yield _kl(subject, found, params)
    sample = partial(_sample, subject, found)
    shape = (_SAMPLES, context.channels, context.dim)
    yield Probe(
        "sample",
        sample,
        (params, jax.random.key(4)),
        lambda z: shaped(z, shape, "samples"),
        key=1,
        random="must",
    )


def _sample(subject: Subject, found: Prior, params: Any, key: jax.Array) -> jax.Array:
    return found.sample(params, key, _SAMPLES, encode=partial(encode, subject))


def _log_pi(subject: Subject, found: Prior, params: Any) -> Probe:
    def values(log_pi: Any) -> None:
        total = float(np.exp(np.asarray(log_pi, np.float64)).sum())
        if abs(total - 1) > TOLERANCE:
            raise Fault(f"p(c) must sum to one, and sums to {total:.6g}")
        other = np.asarray(found.log_pi(stirred(stirred(params))))
        learned = not np.array_equal(other, np.asarray(log_pi))
        if learned != subject.provides("prior.learned_pi"):
            words = "depends" if learned else "does not depend"
            raise Fault(
                f"p(c) {words} on parameters, but `prior.learned_pi` is {'not ' if learned else ''}provided"
            )

    channels = subject.context.channels
    return Probe(
        "log_pi",
        found.log_pi,
        (params,),
        lambda a: shaped(a, (channels,), "log p(c)"),
        gradient=(0,),
        values=values,
    )


def _kl(subject: Subject, found: Prior, params: Any) -> Probe:
    context, posterior = subject.context, inference(subject)
    active = jnp.ones(context.channels, bool)

    def function(params: Any, posterior: Inference, latents: jax.Array, key: jax.Array) -> jax.Array:
        return found.kl(
            params, posterior, latents=latents, encode=partial(encode, subject), active=active, key=key
        )

    def promise(kl: Any) -> None:
        columns = getattr(kl, "shape", (0, 0))[-1]
        allowed = {context.posteriors, context.channels if context.layout == "shared" else context.posteriors}
        shaped(kl, (BATCH, columns if columns in allowed else context.posteriors), "KL(q(z|x) || p(z|c))")

    def values(_: Any) -> None:
        keys = jax.random.split(jax.random.key(6), _DRAWS)

        def draw(key: jax.Array) -> jax.Array:
            noise_key, kl_key = jax.random.split(key)
            noise = jax.random.normal(noise_key, posterior.mean.shape)
            latents = posterior.mean + jnp.exp(posterior.log_var / 2) * noise
            return function(params, posterior, latents, kl_key)

        draws = np.asarray(jitted(jax.vmap(draw))(keys), np.float64)
        mean, error = draws.mean(axis=0), draws.std(axis=0) / np.sqrt(_DRAWS)
        if (mean < -5 * error - TOLERANCE).any():
            raise Fault(f"a KL is never negative: over {_DRAWS} draws its mean is {mean.min():.4g}")

    arguments = (params, posterior, posterior.mean, jax.random.key(5))
    return Probe("kl", function, arguments, promise, key=3, gradient=(0, 1, 2), values=values)


def routing(subject: Subject) -> Iterator[Probe]:
    """A routing with and without a key."""
    context = subject.context
    found: Any = subject.build()
    if not isinstance(found, Routing):
        raise Fault(f"a routing must be a function of log q and a `RoutingContext`, got {found!r}"[:200])
    logits = normal(0, BATCH, context.channels)
    log_q = jax.nn.log_softmax(logits)

    def function(log_q: jax.Array, active: jax.Array, key: jax.Array | None) -> Selection:
        about = RoutingContext(active, jnp.int32(3), key, jnp.ones(()), jnp.zeros((), bool))
        return found(log_q, about)

    every = jnp.ones(context.channels, bool)
    one_locked = every.at[-1].set(context.channels == 1)
    locked = jnp.where(one_locked, jax.nn.log_softmax(jnp.where(one_locked, logits, LOCKED)), LOCKED)

    def promise(selection: Any) -> None:
        _selection(selection, context.channels)

    def values(selection: Any) -> None:
        weights, channels = np.asarray(selection.weights), np.asarray(selection.channels)
        if (weights < 0).any() or np.abs(weights.sum(axis=1) - 1).max() > TOLERANCE:
            raise Fault(f"weights must be at least 0 and sum to one, got {weights[0]}")
        if channels.min() < 0 or channels.max() >= context.channels:
            raise Fault(
                f"channels must be in 0..{context.channels - 1}, got {channels.min()}..{channels.max()}"
            )
        chosen = jax.device_get(function(locked, one_locked, None))
        last = np.broadcast_to(np.asarray(chosen.channels), chosen.weights.shape) == context.channels - 1
        if context.channels > 1 and np.abs(np.where(last, chosen.weights, 0)).max() > TOLERANCE:
            raise Fault("a locked channel has a weight")

    extremes = ((locked, one_locked, jax.random.key(7)),)
    yield Probe("with a key", function, (log_q, every, jax.random.key(7)), promise, key=2, gradient=(0,), values=values,
                others=extremes)  # fmt: skip
    yield Probe("without a key", lambda q, active: function(q, active, None), (log_q, every), promise, gradient=(0,),
                values=values)  # fmt: skip


def _selection(selection: Any, channels: int) -> None:
    record(selection, Selection, "its result")
    columns = getattr(selection.channels, "shape", (0, 0))[-1]
    if not 1 <= columns <= channels:
        raise Fault(f"it decodes {columns} of {channels} channels")
    shaped(selection.weights, (BATCH, columns), "`weights`")
    rows = selection.channels.shape[0]
    shaped(selection.channels, (rows if rows in (1, BATCH) else BATCH, columns), "`channels`", "i")
    if selection.mix_embeddings is not None:
        shaped(selection.mix_embeddings, (), "`mix_embeddings`", "b")
