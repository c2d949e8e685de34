"""Make the function cases of what a prior says about p(z|c) besides its samples: its density, mean and pseudo-inputs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rcmvae_core.plugin.protocols import Prior
from rcmvae_core.testing.arrays import normal
from rcmvae_core.testing.function_case import FunctionCase, check_array, fast_jit
from rcmvae_core.testing.plugin_case import BATCH, PluginCase
from rcmvae_core.testing.report import CheckFailed

_DRAWS = 2048
_ERRORS = 5
"""Standard errors up to which a mean of draws agrees."""
_NARROWER = 0.7


def density_cases(case: PluginCase, prior: Prior, params: Any, encode: Any) -> Iterator[FunctionCase]:
    """Yield the functions of a prior that may be absent.

    Args:
        case: the plugin.
        prior: built from it.
        params: its parameters.
        encode: the encoder that its functions get.
    """
    context = case.context
    if prior.log_prob is not None:
        shape = (BATCH, context.channels)
        for name, rows in (("", context.channels), (" of one latent for all channels", 1)):
            yield FunctionCase(
                f"log_prob{name}",
                partial(prior.log_prob, encode=encode),
                (params, normal(8, BATCH, rows, context.dim)),
                lambda a: check_array(a, shape, "log p(z|c)"),
                verify_values=None if name else lambda _: _check_density(prior, params, encode),
            )
    if prior.means is not None:
        yield FunctionCase(
            "means",
            partial(prior.means, encode=encode),
            (params,),
            lambda a: check_array(a, (context.channels, context.dim), "means of p(z|c)"),
            verify_values=lambda means: _check_means(prior, params, encode, np.asarray(means)),
        )
    if prior.pseudo_inputs is not None:
        yield FunctionCase(
            "pseudo_inputs",
            prior.pseudo_inputs,
            (params,),
            lambda a: check_array(a, (context.channels, *context.input_shape), "pseudo-inputs"),
            verify_values=_check_range,
        )


def _draw(prior: Prior, params: Any, encode: Any) -> jax.Array:
    """Return draws from p(z|c), [n K D].

    Args:
        prior: the prior.
        params: its parameters.
        encode: the encoder that its functions get.
    """
    return fast_jit(lambda p: prior.sample(p, jax.random.key(9), _DRAWS, encode=encode))(params)


def _check_density(prior: Prior, params: Any, encode: Any) -> None:
    """Check that E[r(z) / p(z|c)] = 1 under p(z|c), for a Gaussian r that is narrower than p.

    Args:
        prior: the prior.
        params: its parameters.
        encode: the encoder that its functions get.

    Raises:
        CheckFailed: if it is not, so that the density is not normalised or not that of the samples.
    """
    z = _draw(prior, params, encode)
    mean, std = z.mean(axis=0), _NARROWER * z.std(axis=0) + 1e-6
    log_r = -0.5 * jnp.sum(((z - mean) / std) ** 2 + 2 * jnp.log(std) + math.log(2 * math.pi), axis=-1)
    assert prior.log_prob is not None  # noqa: S101 - the caller has checked it
    log_p = fast_jit(partial(prior.log_prob, encode=encode))(params, z)
    ratios = np.exp(np.asarray(log_r - log_p, np.float64))
    total, error = ratios.mean(axis=0), ratios.std(axis=0) / math.sqrt(_DRAWS)
    if not (np.abs(total - 1) <= _ERRORS * error + 0.02).all():
        worst = total[np.argmax(np.abs(total - 1))]
        raise CheckFailed(
            f"log p(z|c) is not the density of its samples: the mean of r(z) / p(z|c) over {_DRAWS} samples must be 1 "
            f"for any density r, and is {worst:.4g}"
        )


def _check_means(prior: Prior, params: Any, encode: Any, means: np.ndarray) -> None:
    """Check that the means are those of samples.

    Args:
        prior: the prior.
        params: its parameters.
        encode: the encoder that its functions get.
        means: that it returned.

    Raises:
        CheckFailed: if they are not.
    """
    z = np.asarray(_draw(prior, params, encode), np.float64)
    error = z.std(axis=0) / math.sqrt(_DRAWS)
    if (np.abs(z.mean(axis=0) - means) > _ERRORS * error + 1e-4).any():
        raise CheckFailed(f"the means are not those of {_DRAWS} samples")


def _check_range(inputs: Any) -> None:
    low, high = float(np.min(inputs)), float(np.max(inputs))
    if low < 0 or high > 1:
        raise CheckFailed(f"pseudo-inputs must be in [0, 1], but range from {low:.4g} to {high:.4g}")
