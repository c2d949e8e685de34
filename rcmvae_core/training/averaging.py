"""Averages the parameters over the steps of training: a teacher for losses, and a model to predict with."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from rcmvae_core.plugin.core_tables import TrainTable
from rcmvae_core.plugin.protocols import BuildContext, Params


class Averaging(NamedTuple):
    """The average that `[train.average]` asks for.

    Args:
        decay: the decay per step, once it has grown to it.
        start: the step at which averaging starts.
        use: what the average is for, the key of `TrainState.average`.
    """

    decay: float
    start: int
    use: str

    def init(self, params: Params) -> Any:
        """Return the average before the first step."""
        # A copy, because a step donates the memory of both.
        return {self.use: jax.tree.map(jnp.copy, params)}

    def decay_at(self, step: Int[Array, ""]) -> Float[Array, ""]:
        """Return d_t = min(decay, (1 + t) / (10 + t)) with t steps since the start, and 0 until then.

        Without the second argument of the minimum the initial parameters would have a weight of decay^t, which is 0.37
        after 1000 steps with a decay of 0.999.

        Args:
            step: steps done, this one included.
        """
        steps = jnp.maximum(step - self.start, 0).astype(jnp.float32)
        return jnp.where(steps > 0, jnp.minimum(self.decay, (1 + steps) / (10 + steps)), 0.0)

    def update(self, average: Any, params: Params, step: Int[Array, ""]) -> Any:
        """Return a_t = d_t a_{t-1} + (1 - d_t) θ_t.

        Args:
            average: a_{t-1}, as `TrainState.average` has it.
            params: the parameters θ_t after the step.
            step: steps done, this one included.
        """
        decay = self.decay_at(step)

        def lerp(old: Array, new: Array) -> Array:
            # Of this form, a parameter that does not change stays exactly what it is; and without a decay the average
            # is exactly the parameter, which a product with 1 - d would round.
            return jnp.where(decay > 0, old + (1 - decay).astype(old.dtype) * (new - old), new)

        return {self.use: jax.tree.map(lerp, average[self.use], params)}


def make_averaging(table: TrainTable, context: BuildContext) -> Averaging | None:
    """Return the average that a spec asks for; None if it asks for none.

    Args:
        table: `[train]`.
        context: the sizes of the run, for durations.
    """
    average = table.average
    if average is None:
        return None
    return Averaging(average.decay, average.start.steps_in(context), average.use)
