"""Make the function cases of heads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import jax
import jax.numpy as jnp
import numpy as np

from rcmvae_core.plugin.protocols import Head
from rcmvae_core.testing.arrays import normal, perturb, uniform
from rcmvae_core.testing.function_case import FunctionCase, Verify, accept, check_array, check_type, fast_jit
from rcmvae_core.testing.plugin_case import BATCH, PluginCase
from rcmvae_core.testing.report import CheckFailed

_FEATURES, _DRAWS, _MIN_SLOPE = 7, 400, 0.1
_ROUNDING = 1e-5


def head_cases(case: PluginCase) -> Iterator[FunctionCase]:
    """Yield the functions of a head, each as a function of its parameters, so that gradients reach them."""
    head, context = case.build(), case.context
    check_type(head, Head, "a head")
    columns, x = 2, uniform(1, BATCH, *context.input_shape)
    if context.units is not None:  # only whole numbers are possible, of a table in its counts
        values = context.units.values(x)
        is_count = [each.type == "count" for each in context.columns for _ in range(each.features)]
        x = context.units.scaled(jnp.where(np.array(is_count or True), jnp.floor(values), values))
    features = normal(0, BATCH, columns, _FEATURES)
    params = perturb(fast_jit(head.init)(jax.random.key(3), features))
    weights = jnp.array([[0.25, 0.75]]).repeat(BATCH, axis=0)
    bounds = tuple((params, features, jnp.full_like(x, value), weights) for value in (0.0, 1.0))
    far = ((params, 20 * features, x, weights),)

    def nll(params: Any, features: jax.Array, x: jax.Array, weights: jax.Array) -> jax.Array:
        return head.negative_log_likelihood(head.apply(params, features), x, weights)

    def blended(params: Any, features: jax.Array, x: jax.Array, weights: jax.Array) -> jax.Array:
        blend = head.blend(head.apply(params, features), weights)
        return head.negative_log_likelihood(blend, x, jnp.ones((len(x), 1)))

    def mean(params: Any, features: jax.Array) -> jax.Array:
        return head.mean(head.apply(params, features))

    def sample(params: Any, features: jax.Array, key: jax.Array) -> jax.Array:
        return head.sample(head.apply(params, features), key)

    image = (BATCH, columns, *context.input_shape)
    yield FunctionCase("init", head.init, (jax.random.key(3), features), accept, key=0)
    yield FunctionCase(
        "negative_log_likelihood",
        nll,
        (params, features, x, weights),
        lambda a: check_array(a, (BATCH, columns), "-log p(x|z, c)"),
        gradient=(0, 1),
        verify_values=_verify_sum(nll, params, features, x=x, weights=weights),
        extremes=bounds + far,
    )
    yield FunctionCase(
        "blend",
        blended,
        (params, features, x, weights),
        lambda a: check_array(a, (BATCH, 1), "-log p of the blend"),
        gradient=(0, 1),
        extremes=bounds + far,
    )
    yield FunctionCase(
        "mean", mean, (params, features), lambda a: check_array(a, image, "E[x]"), gradient=(0, 1)
    )
    yield FunctionCase(
        "sample",
        sample,
        (params, features, jax.random.key(8)),
        lambda a: check_array(a, image, "samples"),
        key=2,
        random="must",
        verify_values=_verify_mean(mean, sample, params, features),
    )
    if case.provides("head.missing") and len(context.input_shape) == 1:
        yield _missing_case(case, params, features, x, weights)
    if head.at_bound is not None:
        at_bound = head.at_bound
        yield FunctionCase(
            "at_bound",
            lambda p, f: at_bound(head.apply(p, f)),
            (params, features),
            lambda a: check_array(a, (a.shape[0], a.shape[1]), "`at_bound`"),
            verify_values=_verify_share,
        )
    _check_sigma(case, jax.eval_shape(head.apply, params, features))


def _missing_case(
    case: PluginCase, params: Any, features: jax.Array, x: jax.Array, weights: jax.Array
) -> FunctionCase:
    """Return the likelihood of inputs half of whose values are missing, and one of which has none.

    Args:
        case: the plugin.
        params: of the head.
        features: of a batch.
        x: whole inputs.
        weights: of the channels.
    """
    head = attrs.evolve(case, context=attrs.evolve(case.context, missing=True)).build()
    places = jnp.arange(x.size).reshape(x.shape)
    gaps = jnp.where(places % 2 == 0, jnp.nan, x).at[0].set(jnp.nan)

    def nll(params: Any, features: jax.Array, x: jax.Array, weights: jax.Array) -> jax.Array:
        return head.negative_log_likelihood(head.apply(params, features), x, weights)

    def verify_values(result: Any) -> None:
        if np.abs(np.asarray(result[0])).max() > _ROUNDING:
            raise CheckFailed(f"-log p of an input without values must be 0, got {float(result[0, 0]):.4g}")

    return FunctionCase(
        "negative_log_likelihood of missing values",
        nll,
        (params, features, gaps, weights),
        lambda a: check_array(a, (BATCH, features.shape[1]), "-log p of observed values"),
        gradient=(0, 1),
        verify_values=verify_values,
        extremes=((params, features, jnp.full_like(x, jnp.nan), weights),),
    )


def _verify_sum(nll: Any, params: Any, features: jax.Array, *, x: jax.Array, weights: jax.Array) -> Verify:
    """Return a check that a likelihood is a sum over pixels, not a mean.

    Args:
        nll: -log p(x), as a function of parameters, features, x and weights.
        params: of the head.
        features: of a batch.
        x: inputs.
        weights: of the channels.
    """

    def verify_values(_: Any) -> None:
        pixels = int(np.prod(x.shape[1:]))
        flat = x.reshape(BATCH, -1)

        def change(pixel: jax.Array) -> jax.Array:
            other = flat.at[:, pixel].set(1 - flat[:, pixel]).reshape(x.shape)
            return jnp.abs(nll(params, features, other, weights) - nll(params, features, x, weights)).mean()

        # By differences, because a likelihood of levels is constant between them. The slope of a pixel in a mean over n
        # pixels is n times smaller than in a sum.
        changes = fast_jit(lambda: jax.lax.map(change, jnp.arange(pixels)))()
        typical = float(np.asarray(changes).mean() / np.abs(1 - 2 * np.asarray(flat)).mean())
        if typical * pixels < _MIN_SLOPE:
            raise CheckFailed(
                f"-log p(x) hardly depends on x: is it a mean over {pixels} values instead of a sum?"
            )

    return verify_values


def _verify_mean(mean: Any, sample: Any, params: Any, features: jax.Array) -> Verify:
    """Return a check that E[x] is the mean of samples.

    Args:
        mean: E[x], as a function of parameters and features.
        sample: samples, as a function of parameters, features and a key.
        params: of the head.
        features: of a batch.
    """

    def verify_values(_: Any) -> None:
        keys = jax.random.split(jax.random.key(9), _DRAWS)
        draws = np.asarray(fast_jit(jax.vmap(lambda key: sample(params, features, key)))(keys), np.float64)
        expected = np.asarray(mean(params, features), np.float64)
        distance = np.abs(draws.mean(axis=0) - expected)
        # Seven standard errors, and half a count for a pixel whose draws are all equal.
        error = draws.std(axis=0) / np.sqrt(_DRAWS) + 0.5 / _DRAWS
        if (distance > 7 * error).any():
            worst = np.unravel_index(np.argmax(distance / error), distance.shape)
            raise CheckFailed(
                f"`mean` is {expected[worst]:.4g}, but the mean of samples is {draws.mean(axis=0)[worst]:.4g}"
            )

    return verify_values


def _verify_share(share: Any) -> None:
    if np.min(share) < 0 or np.max(share) > 1:
        raise CheckFailed(f"`at_bound` must be in [0, 1], got {np.min(share):.4g} to {np.max(share):.4g}")


def _check_sigma(case: PluginCase, likelihood: Any) -> None:
    if case.provides("head.sigma") and not hasattr(likelihood, "sigma"):
        raise CheckFailed("it provides `head.sigma`, but its likelihood has no `sigma`")
