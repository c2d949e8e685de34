"""Calls the callbacks of a run after each epoch of a seed, and joins what they ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rcmvae_core.errors import Diagnostic
from rcmvae_core.plugin.protocols import Action, Callback, Evaluated
from rcmvae_core.plugin.resolved import ResolvedPart

NO_ACTION = Action()


class SeedCallbacks:
    """The callbacks of one seed.

    Args:
        callbacks: each plugin with what it built.
        seed: the seed.
        history: the metrics of its epochs so far.
    """

    def __init__(
        self,
        callbacks: Sequence[tuple[ResolvedPart, Callback]],
        seed: int,
        history: Sequence[Mapping[str, float]] = (),
    ) -> None:
        self._callbacks, self._seed, self._history = callbacks, seed, list(history)

    def __call__(
        self, epoch: int, step: int, metrics: Mapping[str, float]
    ) -> tuple[Action, list[Diagnostic]]:
        """Call every callback.

        Args:
            epoch: the epoch that has ended.
            step: the number of steps so far.
            metrics: its metrics.

        Returns:
            What they ask for together, and a W417 for each that stops training.
        """
        if not self._callbacks:
            return NO_ACTION, []
        self._history.append({"seed": self._seed, "epoch": epoch, "step": step, **metrics})
        evaluated = Evaluated(self._seed, epoch, step, metrics, tuple(self._history))
        joined, stopped = NO_ACTION, list[Diagnostic]()
        for part, callback in self._callbacks:
            action = callback(evaluated)
            joined = Action(joined.stop or action.stop, joined.checkpoint or action.checkpoint)
            if action.stop:
                because = f": {action.reason}" if action.reason else ""
                message = f"{part} stops training after epoch {epoch}{because}"
                stopped.append(Diagnostic("W417", message, part.place))
        return joined, stopped
