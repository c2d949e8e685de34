"""Defines the state of training as one pytree, and initialises it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float, Int, Key

from rcmvae_core.model.build import ModelState
from rcmvae_core.model.model import Model
from rcmvae_core.plugin.protocols import Params
from rcmvae_core.training.averaging import Averaging

NEVER = -1
"""In place of a step: it did not happen."""
FAST_COMPILE = {"xla_backend_optimization_level": "0"}
"""Compiler options of a program that runs once: optimising it would take longer than it saves."""


class MetricAccumulator(NamedTuple):
    """Sums over the steps of an epoch, for every loss term and for their total, by name.

    Args:
        sums: values of the epoch's steps, added in their order; `sums / steps` is the epoch's mean.
        broken: the first step of the run whose value was not finite; `NEVER` while all were.
    """

    sums: dict[str, Float[Array, ""]]
    broken: dict[str, Int[Array, ""]]


class TrainState(NamedTuple):
    """Everything that a step changes, and all arrays that a checkpoint holds.

    The names of the fields are part of the checkpoint format.

    Args:
        params: parameters of every part.
        optimizer: optax's state.
        carry: classifier, usage, active channels and curricula.
        tally: metrics of the current epoch.
        step: steps done.
        key: the run's key; each step folds its number into it.
        average: the moving average of the parameters that `[train.average]` asks for, under what it is for,
            `predictions` or `targets`; no arrays without one.
    """

    params: Params
    optimizer: Any
    carry: ModelState
    tally: MetricAccumulator
    step: Int[Array, ""]
    key: Key[Array, ""]
    average: Any = ()

    @property
    def teacher_params(self) -> Params | None:
        """The average of the parameters, which gives losses their targets; None without one."""
        return next(iter(dict(self.average).values()), None)

    @property
    def prediction_params(self) -> Params:
        """The parameters of everything but the gradient: the average if it is for predictions, else `params`."""
        return dict(self.average).get("predictions", self.params)

    def for_prediction(self) -> TrainState:
        """Return the same state with the parameters that predict, and no average."""
        return self._replace(params=self.prediction_params, average=())


def empty_accumulator(names: Sequence[str]) -> MetricAccumulator:
    """Return the accumulator before the first step."""
    zero, never = jnp.zeros(()), jnp.full((), NEVER, jnp.int32)
    return MetricAccumulator(dict.fromkeys(names, zero), dict.fromkeys(names, never))


def accumulate(
    tally: MetricAccumulator,
    values: dict[str, Float[Array, ""]],
    step: Int[Array, ""],
    *,
    first: Bool[Array, ""],
) -> MetricAccumulator:
    """Add the values of a step.

    Args:
        tally: before the step.
        values: by name; the names of `tally`.
        step: the number of the step.
        first: whether it is the first of an epoch, which resets the sums.

    Returns:
        The accumulator after the step.
    """
    sums = {name: jnp.where(first, 0.0, tally.sums[name]) + value for name, value in values.items()}
    broken = {
        name: jnp.where((tally.broken[name] == NEVER) & ~jnp.isfinite(value), step, tally.broken[name])
        for name, value in values.items()
    }
    return MetricAccumulator(sums, broken)


def make_init_state(
    model: Model,
    optimizer: optax.GradientTransformation,
    averaging: Averaging | None = None,
) -> Callable[[Key[Array, ""], Float[Array, "n *x"]], TrainState]:
    """Compile the initialisation.

    Args:
        model: the model.
        optimizer: its optimizer.
        averaging: the average of the parameters; None for none.

    Returns:
        A jitted function of a key, the only source of randomness, and of a sample of training inputs in [0, 1].
    """

    def init_state(key: Key[Array, ""], inputs: Float[Array, "n *x"]) -> TrainState:
        init_key, run_key = jax.random.split(key)
        params = model.init(init_key, inputs)
        state = TrainState(
            params=params,
            optimizer=optimizer.init(params),
            carry=model.init_state(params),
            tally=empty_accumulator(("total", *model.terms)),
            step=jnp.zeros((), jnp.int32),
            key=run_key,
            average=() if averaging is None else averaging.init(params),
        )
        # A step returns strongly typed arrays: a weakly typed one here would make it compile a second time.
        return jax.tree.map(lambda a: jax.lax.convert_element_type(a, a.dtype) if _is_number(a) else a, state)

    return jax.jit(init_state, compiler_options=FAST_COMPILE)


def adopt_average(averaging: Averaging | None, state: TrainState) -> TrainState:
    """Return the state of another run as one with this average continues it.

    Args:
        averaging: the average, which is that of the other run, or begins with its parameters; None for none: then the
            parameters are those that the other run predicts with.
        state: of the other run.
    """
    if averaging is None:
        return state.for_prediction()
    teacher = state.teacher_params
    return state._replace(
        average=averaging.init(state.params) if teacher is None else {averaging.use: teacher}
    )


def _is_number(array: Array) -> bool:
    return not jnp.issubdtype(array.dtype, jax.dtypes.prng_key)
