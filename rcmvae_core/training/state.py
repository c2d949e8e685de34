"""The whole state of training as one pytree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float, Int, Key

from rcmvae_core.model import Carry, Model
from rcmvae_core.protocols import Params

NEVER = -1
"""In place of a step: it did not happen."""
QUICKLY = {"xla_backend_optimization_level": "0"}
"""Compiler options of a program that runs once, whose compilation would take longer than all it saves."""


class Tally(NamedTuple):
    """What an epoch has gathered so far of every term and of their total, by name.

    Args:
        sums: values of the epoch's steps, added up in their order.
        broken: the first step of the run whose value was not finite; `NEVER` while all were.
    """

    sums: dict[str, Float[Array, ""]]
    broken: dict[str, Int[Array, ""]]


class TrainState(NamedTuple):
    """Everything that a step changes; what is here is all that a checkpoint needs.

    Args:
        params: parameters of every part.
        optimizer: optax's state.
        carry: label counts, usage and active channels.
        tally: what the current epoch will report.
        step: steps done.
        key: the run's key; a step folds its number into it.
    """

    params: Params
    optimizer: Any
    carry: Carry
    tally: Tally
    step: Int[Array, ""]
    key: Key[Array, ""]


def blank(names: Sequence[str]) -> Tally:
    """Nothing gathered yet."""
    zero, never = jnp.zeros(()), jnp.full((), NEVER, jnp.int32)
    return Tally(dict.fromkeys(names, zero), dict.fromkeys(names, never))


def gather(
    tally: Tally, values: dict[str, Float[Array, ""]], step: Int[Array, ""], *, first: Bool[Array, ""]
) -> Tally:
    """The tally with a step's values; `first` of an epoch begins the sums anew."""
    sums = {name: jnp.where(first, 0.0, tally.sums[name]) + value for name, value in values.items()}
    broken = {
        name: jnp.where((tally.broken[name] == NEVER) & ~jnp.isfinite(value), step, tally.broken[name])
        for name, value in values.items()
    }
    return Tally(sums, broken)


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
        state = TrainState(
            params=params,
            optimizer=optimizer.init(params),
            carry=model.start(),
            tally=blank(("total", *model.terms)),
            step=jnp.zeros((), jnp.int32),
            key=run_key,
        )
        # A weakly typed array would compile a step a second time, when its strong successor comes back.
        return jax.tree.map(lambda a: jax.lax.convert_element_type(a, a.dtype) if _is_number(a) else a, state)

    return jax.jit(create, compiler_options=QUICKLY)


def _is_number(array: Array) -> bool:
    return not jnp.issubdtype(array.dtype, jax.dtypes.prng_key)
