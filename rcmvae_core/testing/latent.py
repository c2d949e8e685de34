"""Make the function cases of priors."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rcmvae_core.plugin.protocols import EncoderOutput, Prior
from rcmvae_core.testing.arrays import TOLERANCE, normal, perturb, uniform
from rcmvae_core.testing.function_case import FunctionCase, accept, check_array, check_type, fast_jit
from rcmvae_core.testing.net_parameters import verify_channel_axes
from rcmvae_core.testing.plugin_case import BATCH, PluginCase
from rcmvae_core.testing.prior_density import density_cases
from rcmvae_core.testing.report import CheckFailed

_SAMPLES, _DRAWS = 6, 64


def encoder_output(case: PluginCase, batch: int = BATCH, seed: int = 0) -> EncoderOutput:
    """Return a random encoder output.

    Args:
        case: has the sizes.
        batch: number of inputs.
        seed: of the random numbers.
    """
    context = case.context
    shape = (batch, context.posteriors, context.dim)
    return EncoderOutput(
        normal(seed, batch, context.channels), normal(seed + 1, *shape), 0.3 * normal(seed + 2, *shape)
    )


def encode(case: PluginCase, x: jax.Array) -> EncoderOutput:
    """Encode inputs without parameters: sines and cosines of the sum of each input.

    Returns:
        Logits, means and log variances that differ between inputs.
    """
    context = case.context
    total = jnp.sum(x.reshape(len(x), -1), axis=1)
    numbers = jnp.arange(context.posteriors * context.dim, dtype=jnp.float32)
    mean = jnp.sin(total[:, None] + numbers).reshape(-1, context.posteriors, context.dim)
    return EncoderOutput(jnp.cos(total[:, None] + jnp.arange(context.channels)), mean, jnp.zeros_like(mean))


def prior_cases(case: PluginCase) -> Iterator[FunctionCase]:
    """Yield the functions of a prior."""
    prior, context = case.build(), case.context
    check_type(prior, Prior, "a prior")
    x = uniform(0, 12, *context.input_shape)
    params = perturb(fast_jit(prior.init)(jax.random.key(3), x))
    verify_channel_axes(prior, params, context.channels, required=False)
    yield FunctionCase("init", prior.init, (jax.random.key(3), x), accept, key=0)
    yield _log_pi_case(case, prior, params)
    yield _kl_case(case, prior, params)
    if context.posteriors > 1:
        yield from (_gated_kl_case(case, prior, params, count) for count in range(1, context.posteriors))
    sample = partial(_sample, case, prior)
    shape = (_SAMPLES, context.channels, context.dim)
    yield FunctionCase(
        "sample",
        sample,
        (params, jax.random.key(4)),
        lambda z: check_array(z, shape, "samples"),
        key=1,
        random="must",
    )
    yield from density_cases(case, prior, params, partial(encode, case))


def _sample(case: PluginCase, prior: Prior, params: Any, key: jax.Array) -> jax.Array:
    """Return samples from a prior, as a function of parameters and a key.

    Args:
        case: the plugin.
        prior: built from it.
        params: its parameters.
        key: a key.

    Returns:
        Latents [n, K, D].
    """
    return prior.sample(params, key, _SAMPLES, encode=partial(encode, case))


def _log_pi_case(case: PluginCase, prior: Prior, params: Any) -> FunctionCase:
    """Return the case of log p(c).

    Args:
        case: the plugin.
        prior: built from it.
        params: its parameters.
    """

    def verify_values(log_pi: Any) -> None:
        total = float(np.exp(np.asarray(log_pi, np.float64)).sum())
        if abs(total - 1) > TOLERANCE:
            raise CheckFailed(f"p(c) must sum to one, but sums to {total:.6g}")
        other = np.asarray(prior.log_pi(perturb(perturb(params))))
        learned = not np.array_equal(other, np.asarray(log_pi))
        if learned != case.provides("prior.learned_pi"):
            depends, provided = ("depends", "not provided") if learned else ("does not depend", "provided")
            raise CheckFailed(f"p(c) {depends} on parameters, but `prior.learned_pi` is {provided}")

    channels = case.context.channels
    return FunctionCase(
        "log_pi",
        prior.log_pi,
        (params,),
        lambda a: check_array(a, (channels,), "log p(c)"),
        gradient=(0,),
        verify_values=verify_values,
    )


def _kl_case(case: PluginCase, prior: Prior, params: Any) -> FunctionCase:
    """Return the case of KL(q(z|x) || p(z|c)).

    Args:
        case: the plugin.
        prior: built from it.
        params: its parameters.
    """
    posterior, function = encoder_output(case), partial(_kl, case, prior)

    def verify_values(_: Any) -> None:
        keys = jax.random.split(jax.random.key(6), _DRAWS)

        def draw(key: jax.Array) -> jax.Array:
            noise_key, kl_key = jax.random.split(key)
            noise = jax.random.normal(noise_key, posterior.mean.shape)
            latents = posterior.mean + jnp.exp(posterior.log_var / 2) * noise
            return function(params, posterior, latents, kl_key)

        draws = np.asarray(fast_jit(jax.vmap(draw))(keys), np.float64)
        # A sampled KL may be negative; its mean may not, up to five standard errors.
        mean, error = draws.mean(axis=0), draws.std(axis=0) / np.sqrt(_DRAWS)
        if (mean < -5 * error - TOLERANCE).any():
            raise CheckFailed(f"a KL is never negative, but its mean over {_DRAWS} draws is {mean.min():.4g}")

    arguments = (params, posterior, posterior.mean, jax.random.key(5))
    return FunctionCase(
        "kl",
        function,
        arguments,
        partial(_verify_kl, case),
        key=3,
        gradient=(0, 1, 2),
        verify_values=verify_values,
    )


def _gated_kl_case(case: PluginCase, prior: Prior, params: Any, count: int) -> FunctionCase:
    """Return the case of `kl` under gating, where only some channels are decoded, each input's own.

    `kl` has a value for every channel and is not given which channels were decoded. It can therefore use the latents
    of some of them for nothing, and must not depend on their values.

    Args:
        case: the plugin, whose channels have a latent each.
        prior: built from it.
        params: its parameters.
        count: the number of decoded channels M, below K.
    """
    posterior, key = encoder_output(case), jax.random.key(5)
    shown = f"{count} of {case.context.channels} channels"

    def function(*arguments: Any) -> jax.Array:
        try:
            return _kl(case, prior, *arguments)
        except (TypeError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise CheckFailed(
                f"it cannot take `latents` of {shown}, which gating decodes: {reason}"
            ) from None

    def verify_values(kl: Any) -> None:
        others = posterior.mean[:, -count:] + 1
        other = fast_jit(function)(params, posterior, others, key)
        if not np.array_equal(np.asarray(other), np.asarray(kl)):
            raise CheckFailed(
                f"it depends on `latents` of {shown}, which may be any of them: draw from the encoder output "
                "with `key` instead"
            )

    return FunctionCase(
        f"kl with the latents of {shown}",
        function,
        (params, posterior, posterior.mean[:, :count], key),
        partial(_verify_kl, case),
        key=3,
        verify_values=verify_values,
    )


def _kl(case: PluginCase, prior: Prior, *arguments: Any) -> jax.Array:
    """Return the KL of a prior, with every channel unlocked.

    Args:
        case: the plugin.
        prior: built from it.
        arguments: parameters, the encoder output, latents of the decoded channels, and a key.
    """
    params, posterior, latents, key = arguments
    active = jnp.ones(case.context.channels, bool)
    return prior.kl(params, posterior, latents=latents, encode=partial(encode, case), active=active, key=key)


def _verify_kl(case: PluginCase, kl: Any) -> None:
    """Check the shape of a KL: a value for each posterior, or in the shared layout for each channel."""
    context = case.context
    columns = getattr(kl, "shape", (0, 0))[-1]
    allowed = {context.posteriors, context.channels if context.layout == "shared" else context.posteriors}
    check_array(kl, (BATCH, columns if columns in allowed else context.posteriors), "KL(q(z|x) || p(z|c))")
