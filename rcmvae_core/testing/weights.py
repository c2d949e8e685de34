"""What the arrays of a net's parameters promise: which of their axes run over channels, and that each has an effect."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rcmvae_core.protocols import Net, Prior
from rcmvae_core.testing.arrays import uniform
from rcmvae_core.testing.nets import backbone, conditioner, drawn, encoder
from rcmvae_core.testing.probe import Probe, jitted
from rcmvae_core.testing.report import Fault, Skip
from rcmvae_core.testing.subject import BATCH, Subject

_NETS = {"encoder": encoder, "backbone": backbone, "conditioner": conditioner}


def channel_axes(net: Net | Prior, params: Any, channels: int, *, tells: bool) -> None:
    """The axes over channels that a net names are there, and as long as there are channels.

    Raises:
        Fault: if they are not.
    """
    arrays = {
        "/".join(str(getattr(k, "key", k)) for k in path): array
        for path, array in jax.tree_util.tree_leaves_with_path(params)
    }
    for path, axis in net.channel_axes.items():
        if path not in arrays:
            raise Fault(
                f"`channel_axes` names `{path}`; its parameters are {', '.join(map(repr, arrays)) or 'none'}"
            )
        shape = arrays[path].shape
        if axis >= len(shape) or shape[axis] != channels:
            raise Fault(f"axis {axis} of `{path}` {list(shape)} is not one over {channels} channels")
    if tells and not net.channel_axes:
        raise Fault("it provides `encoder.channels`, but `channel_axes` is empty")


def axes(subject: Subject) -> None:
    """`channel_axes` are true."""
    if subject.part.kind != "encoder":
        raise Skip("only an encoder's parameters are asked for their channels")
    net = subject.build()
    params = drawn(net, uniform(0, BATCH, *subject.context.input_shape))
    channel_axes(net, params, subject.context.channels, tells=subject.provides("encoder.channels"))


def reach(subject: Subject) -> None:
    """Every array of parameters has an effect."""
    for probe in _NETS[subject.part.kind](subject):
        if not probe.name.startswith("apply"):
            continue
        params, *inputs = probe.arguments

        def total(params: Any, probe: Probe = probe, inputs: list[Any] = inputs) -> jax.Array:
            return sum(
                (jnp.sum(jnp.sin(3 * a)) for a in jax.tree.leaves(probe.function(params, *inputs))),
                jnp.zeros(()),
            )

        for path, slope in jax.tree_util.tree_leaves_with_path(jitted(jax.grad(total))(params)):
            if slope.size and not np.any(np.asarray(slope)):
                raise Fault(f"`{probe.name}`: no change of `{jax.tree_util.keystr(path)}` changes the result")
        return
    raise Skip("it has no parameters")
