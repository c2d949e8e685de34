"""The whole state of training as one pytree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int, Key

from rcmvae_core.model import Carry, Model
from rcmvae_core.protocols import Params


class TrainState(NamedTuple):
    """Everything that a step changes; what is here is all that a checkpoint needs.

    Args:
        params: parameters of every part.
        optimizer: optax's state.
        carry: label counts, usage and active channels.
        step: steps done.
        key: the run's key; a step folds its number into it.
    """

    params: Params
    optimizer: Any
    carry: Carry
    step: Int[Array, ""]
    key: Key[Array, ""]


def make_create(
    model: Model, optimizer: optax.GradientTransformation
) -> Callable[[Key[Array, ""], Float[Array, "n *x"]], TrainState]:
    """Compile the state before the first step.

    Args:
        model: the model.
        optimizer: its optimizer.

    Returns:
        A jitted function of a key, the only source of randomness, and a sample of training inputs in [0, 1].
    """

    def create(key: Key[Array, ""], inputs: Float[Array, "n *x"]) -> TrainState:
        init_key, run_key = jax.random.split(key)
        params = model.init(init_key, inputs)
        state = TrainState(params, optimizer.init(params), model.start(), jnp.zeros((), jnp.int32), run_key)
        # A weakly typed array would compile the epoch a second time, when its strong successor comes back.
        return jax.tree.map(lambda a: jax.lax.convert_element_type(a, a.dtype) if _is_number(a) else a, state)

    return jax.jit(create)


def _is_number(array: Array) -> bool:
    return not jnp.issubdtype(array.dtype, jax.dtypes.prng_key)
