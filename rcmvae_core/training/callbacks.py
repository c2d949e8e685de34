"""Calls the callbacks of a run after each epoch of a seed, joins what they ask for, and changes weights of losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import jax
import numpy as np

from rcmvae_core.errors import Diagnostic, fail
from rcmvae_core.plugin.protocols import Action, Callback, Evaluated
from rcmvae_core.plugin.resolved import ResolvedPart
from rcmvae_core.training.state import TrainState

NO_ACTION = Action()


class SeedCallbacks:
    """The callbacks of one seed.

    Args:
        callbacks: each plugin with what it built.
        seed: the seed.
        changeable: labels of the losses whose weight a callback may change.
        history: the metrics of its epochs so far.
    """

    def __init__(
        self,
        callbacks: Sequence[tuple[ResolvedPart, Callback]],
        seed: int,
        changeable: Sequence[str] = (),
        history: Sequence[Mapping[str, float]] = (),
    ) -> None:
        self._callbacks, self._seed, self._history = callbacks, seed, list(history)
        self._changeable = changeable

    def __call__(
        self, epoch: int, step: int, metrics: Mapping[str, float]
    ) -> tuple[Action, list[Diagnostic]]:
        """Call every callback.

        Args:
            epoch: the epoch that has ended.
            step: the number of steps so far.
            metrics: its metrics.

        Returns:
            What they ask for together, the factors of several multiplied, and a W417 for each that stops training.

        Raises:
            RcmvaeError: E217 if one changes the weight of a loss that is not changeable.
        """
        if not self._callbacks:
            return NO_ACTION, []
        self._history.append({"seed": self._seed, "epoch": epoch, "step": step, **metrics})
        evaluated = Evaluated(self._seed, epoch, step, metrics, tuple(self._history))
        joined, stopped = NO_ACTION, list[Diagnostic]()
        for part, callback in self._callbacks:
            action = callback(evaluated)
            self._check_labels(part, action)
            joined = _joined(joined, action)
            if action.stop:
                because = f": {action.reason}" if action.reason else ""
                message = f"{part} stops training after epoch {epoch}{because}"
                stopped.append(Diagnostic("W417", message, part.place))
        return joined, stopped

    def _check_labels(self, part: ResolvedPart, action: Action) -> None:
        for label in action.weight_factors:
            if label not in self._changeable:
                message = f"{part} changes the weight of loss `{label}`, which is not changeable"
                known = ", ".join(f"`{each}`" for each in self._changeable) or "no loss"
                help_ = [f"write `changeable = true` in `[loss.{label}]`", f"changeable now: {known}"]
                fail("E217", message, place=part.place, help=help_)


def change_weights(state: TrainState, factors: Mapping[str, float]) -> TrainState:
    """Return a state with other factors on the weights of losses; the others stay as they are.

    Args:
        state: at the end of an epoch.
        factors: by the label of a changeable loss.

    Returns:
        The state, whose arrays have the same types and devices as before.
    """
    if not factors:
        return state
    before = state.carry.weight_factors
    new = {
        label: jax.device_put(np.float32(value), before[label].sharding) for label, value in factors.items()
    }
    return state._replace(carry=state.carry._replace(weight_factors={**before, **new}))


def _joined(one: Action, other: Action) -> Action:
    """Return an action that does what both ask for."""
    factors = dict(one.weight_factors)
    for label, factor in other.weight_factors.items():
        factors[label] = factors.get(label, 1.0) * factor
    return Action(one.stop or other.stop, one.checkpoint or other.checkpoint, weight_factors=factors)
