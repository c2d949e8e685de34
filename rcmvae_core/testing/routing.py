"""Make the function cases of routings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rcmvae_core.model.forward import LOCKED
from rcmvae_core.plugin.protocols import Routing, RoutingContext, Selection
from rcmvae_core.testing.arrays import TOLERANCE, normal
from rcmvae_core.testing.function_case import FunctionCase, check_array, check_type
from rcmvae_core.testing.plugin_case import BATCH, PluginCase
from rcmvae_core.testing.report import CheckFailed


def routing_cases(case: PluginCase) -> Iterator[FunctionCase]:
    """Yield a routing as a function with and without a key."""
    context = case.context
    route: Any = case.build()
    if not isinstance(route, Routing):
        raise CheckFailed(
            f"a routing must be a function of log q and a `RoutingContext`, got {route!r}"[:200]
        )
    logits = normal(0, BATCH, context.channels)
    log_q = jax.nn.log_softmax(logits)

    def function(log_q: jax.Array, active: jax.Array, key: jax.Array | None) -> Selection:
        step = RoutingContext(active, jnp.int32(3), key, jnp.ones(()), jnp.zeros((), bool))
        return route(log_q, step)

    all_active = jnp.ones(context.channels, bool)
    one_locked = all_active.at[-1].set(context.channels == 1)
    locked = jnp.where(one_locked, jax.nn.log_softmax(jnp.where(one_locked, logits, LOCKED)), LOCKED)

    def verify(selection: Any) -> None:
        _check_selection(selection, context.channels)

    def verify_values(selection: Any) -> None:
        weights, channels = np.asarray(selection.weights), _decoded(selection)
        if (weights < 0).any() or np.abs(weights.sum(axis=1) - 1).max() > TOLERANCE:
            raise CheckFailed(f"weights must be at least 0 and sum to one, got {weights[0]}")
        if channels.min() < 0 or channels.max() >= context.channels:
            raise CheckFailed(
                f"channels must be in 0..{context.channels - 1}, got {channels.min()}..{channels.max()}"
            )
        with_locked = jax.device_get(function(locked, one_locked, None))
        is_locked = _decoded(with_locked) == context.channels - 1
        if context.channels > 1 and np.abs(np.where(is_locked, with_locked.weights, 0)).max() > TOLERANCE:
            raise CheckFailed("the weight of a locked channel must be zero")

    extremes = ((locked, one_locked, jax.random.key(7)),)
    yield FunctionCase(
        "with a key",
        function,
        (log_q, all_active, jax.random.key(7)),
        verify,
        key=2,
        gradient=(0,),
        verify_values=verify_values,
        extremes=extremes,
    )
    yield FunctionCase(
        "without a key",
        lambda q, active: function(q, active, None),
        (log_q, all_active),
        verify,
        gradient=(0,),
        verify_values=verify_values,
    )


def _check_selection(selection: Any, channels: int) -> None:
    """Check the shapes of a selection of `channels` channels."""
    check_type(selection, Selection, "its result")
    if selection.channels is None:
        check_array(selection.weights, (BATCH, channels), "`weights`")
    else:
        columns = getattr(selection.channels, "shape", (0, 0))[-1]
        if not 1 <= columns <= channels:
            raise CheckFailed(f"it must decode 1 to {channels} channels, but decodes {columns}")
        check_array(selection.weights, (BATCH, columns), "`weights`")
        check_array(selection.channels, (BATCH, columns), "`channels`", "i")
    if selection.mix_embeddings is not None:
        check_array(selection.mix_embeddings, (), "`mix_embeddings`", "b")


def _decoded(selection: Selection) -> np.ndarray:
    """Return the index of the decoded channel of each weight [B, M]."""
    if selection.channels is None:
        return np.broadcast_to(np.arange(selection.weights.shape[1]), selection.weights.shape)
    return np.asarray(selection.channels)
