"""Check the parameters of nets: their channel axes, and that each has an effect."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rcmvae_core.plugin.protocols import Net, Prior
from rcmvae_core.testing.arrays import uniform
from rcmvae_core.testing.function_case import FunctionCase, fast_jit
from rcmvae_core.testing.nets import backbone_cases, conditioner_cases, encoder_cases, random_params
from rcmvae_core.testing.plugin_case import BATCH, PluginCase
from rcmvae_core.testing.report import CheckFailed, CheckSkipped

_NETS = {"encoder": encoder_cases, "backbone": backbone_cases, "conditioner": conditioner_cases}


def verify_channel_axes(net: Net | Prior, params: Any, channels: int, *, required: bool) -> None:
    """Check that the channel axes that a net declares exist and have one entry per channel.

    Args:
        net: a net or a prior.
        params: its parameters.
        channels: number of channels.
        required: whether it must declare some.

    Raises:
        CheckFailed: if an axis is wrong, or none is declared although required.
    """
    arrays = {
        "/".join(str(getattr(k, "key", k)) for k in path): array
        for path, array in jax.tree_util.tree_leaves_with_path(params)
    }
    for path, axis in net.channel_axes.items():
        if path not in arrays:
            names = ", ".join(map(repr, arrays)) or "none"
            raise CheckFailed(f"`channel_axes` names `{path}`, but its parameters are {names}")
        shape = arrays[path].shape
        if axis >= len(shape) or shape[axis] != channels:
            raise CheckFailed(
                f"axis {axis} of `{path}` {list(shape)} is not an axis over {channels} channels"
            )
    if required and not net.channel_axes:
        raise CheckFailed("it provides `encoder.channels`, but `channel_axes` is empty")


def check_channel_axes(case: PluginCase) -> None:
    """Check the `channel_axes` of an encoder."""
    net = case.build()
    params = random_params(net, uniform(0, BATCH, *case.context.input_shape))
    verify_channel_axes(net, params, case.context.channels, required=case.provides("encoder.channels"))


def check_parameter_effects(case: PluginCase) -> None:
    """Check that the gradient of every parameter array is not zero everywhere."""
    for function_case in _NETS[case.part.kind](case):
        if not function_case.name.startswith("apply"):
            continue
        params, *inputs = function_case.arguments

        # A sum of sines, since the plain sum of a normalised result would have no gradient.
        def total(
            params: Any, applied: FunctionCase = function_case, inputs: list[Any] = inputs
        ) -> jax.Array:
            return sum(
                (jnp.sum(jnp.sin(3 * a)) for a in jax.tree.leaves(applied.function(params, *inputs))),
                jnp.zeros(()),
            )

        for path, gradient in jax.tree_util.tree_leaves_with_path(fast_jit(jax.grad(total))(params)):
            if gradient.size and not np.any(np.asarray(gradient)):
                parameter = jax.tree_util.keystr(path)
                raise CheckFailed(f"`{function_case.name}`: the result does not depend on `{parameter}`")
        return
    raise CheckSkipped("it has no parameters")
