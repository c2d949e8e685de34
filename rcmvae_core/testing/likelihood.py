"""Heads: a likelihood over inputs, its mean, its samples and its blend."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rcmvae_core.protocols import Head
from rcmvae_core.testing.arrays import normal, stirred, uniform
from rcmvae_core.testing.probe import Probe, jitted, record, shaped
from rcmvae_core.testing.report import Fault
from rcmvae_core.testing.subject import BATCH, Subject

_FEATURES, _DRAWS, _LEAST_SLOPE = 7, 400, 0.1


def head(subject: Subject) -> Iterator[Probe]:
    """The functions of a head, each of features so that gradients reach its parameters."""
    found, context = subject.build(), subject.context
    record(found, Head, "a head")
    columns, x = 2, uniform(1, BATCH, *context.input_shape)
    features = normal(0, BATCH, columns, _FEATURES)
    params = stirred(jitted(found.init)(jax.random.key(3), features))
    weights = jnp.array([[0.25, 0.75]]).repeat(BATCH, axis=0)
    bounds = tuple((params, features, jnp.full_like(x, value), weights) for value in (0.0, 1.0))
    far = ((params, 20 * features, x, weights),)

    def nll(params: Any, features: jax.Array, x: jax.Array, weights: jax.Array) -> jax.Array:
        return found.negative_log_likelihood(found.apply(params, features), x, weights)

    def blended(params: Any, features: jax.Array, x: jax.Array, weights: jax.Array) -> jax.Array:
        blend = found.blend(found.apply(params, features), weights)
        return found.negative_log_likelihood(blend, x, jnp.ones((len(x), 1)))

    def mean(params: Any, features: jax.Array) -> jax.Array:
        return found.mean(found.apply(params, features))

    def sample(params: Any, features: jax.Array, key: jax.Array) -> jax.Array:
        return found.sample(found.apply(params, features), key)

    image = (BATCH, columns, *context.input_shape)
    yield Probe("init", found.init, (jax.random.key(3), features), lambda _: None, key=0)
    yield Probe(
        "negative_log_likelihood", nll, (params, features, x, weights),
        lambda a: shaped(a, (BATCH, columns), "-log p(x|z, c)"), gradient=(0, 1), values=_summed(nll, params, features, x, weights),
        others=bounds + far,
    )  # fmt: skip
    yield Probe(
        "blend", blended, (params, features, x, weights), lambda a: shaped(a, (BATCH, 1), "-log p of the blend"),
        gradient=(0, 1), others=bounds + far,
    )  # fmt: skip
    yield Probe("mean", mean, (params, features), lambda a: shaped(a, image, "E[x]"), gradient=(0, 1))
    yield Probe(
        "sample", sample, (params, features, jax.random.key(8)), lambda a: shaped(a, image, "samples"), key=2,
        random="must", values=_centred(mean, sample, params, features),
    )  # fmt: skip
    if found.at_bound is not None:
        at_bound = found.at_bound
        yield Probe(
            "at_bound", lambda p, f: at_bound(found.apply(p, f)), (params, features),
            lambda a: shaped(a, (a.shape[0], a.shape[1]), "`at_bound`"), values=_share,
        )  # fmt: skip
    _sigma(subject, jax.eval_shape(found.apply, params, features))


def _summed(nll: Any, params: Any, features: jax.Array, x: jax.Array, weights: jax.Array) -> Any:
    """A likelihood of independent pixels adds over them; a mean would be smaller by their number."""

    def values(found: Any) -> None:
        pixels = int(np.prod(x.shape[1:]))
        flat = x.reshape(BATCH, -1)
        slope = jitted(jax.grad(lambda flat: nll(params, features, flat.reshape(x.shape), weights).sum()))(
            flat
        )
        del found
        # Each pixel of a sum has a slope of its own size; of a mean over n pixels it is smaller by n.
        typical = float(np.abs(np.asarray(slope)).mean())
        if typical * pixels < _LEAST_SLOPE:
            raise Fault(
                f"-log p(x) hardly depends on x: is it a mean over {pixels} numbers instead of a sum?"
            )

    return values


def _centred(mean: Any, sample: Any, params: Any, features: jax.Array) -> Any:
    """E[x] is what samples have on average."""

    def values(_: Any) -> None:
        keys = jax.random.split(jax.random.key(9), _DRAWS)
        draws = np.asarray(jitted(jax.vmap(lambda key: sample(params, features, key)))(keys), np.float64)
        expected = np.asarray(mean(params, features), np.float64)
        distance = np.abs(draws.mean(axis=0) - expected)
        error = draws.std(axis=0) / np.sqrt(_DRAWS) + 0.5 / _DRAWS
        if (distance > 7 * error).any():
            worst = np.unravel_index(np.argmax(distance / error), distance.shape)
            raise Fault(
                f"`mean` is {expected[worst]:.4g} where samples have {draws.mean(axis=0)[worst]:.4g} on average"
            )

    return values


def _share(found: Any) -> None:
    if np.min(found) < 0 or np.max(found) > 1:
        raise Fault(f"`at_bound` is a share, in [0, 1], got {np.min(found):.4g} to {np.max(found):.4g}")


def _sigma(subject: Subject, likelihood: Any) -> None:
    if subject.provides("head.sigma") and not hasattr(likelihood, "sigma"):
        raise Fault("it provides `head.sigma`, but its likelihood has no `sigma`")
