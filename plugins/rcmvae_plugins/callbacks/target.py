"""Builds the callback that stops at a target."""

from __future__ import annotations

from rcmvae_core.plugin.protocols import Action, BuildContext, Callback, Evaluated
from rcmvae_plugins.callbacks.params import TargetParams


def target(params: TargetParams, context: BuildContext) -> Callback:
    """Stop once a metric is at least, or at most, a value.

    Args:
        params: the metric, the value, and in how many evaluations in a row it has to be reached.
        context: unused.

    Returns:
        A Callback; epochs without an evaluation count neither for nor against it.
    """
    del context

    def reached(value: float) -> bool:
        return value >= params.value if params.direction == "at_least" else value <= params.value

    def callback(evaluated: Evaluated) -> Action:
        if params.metric not in evaluated.metrics:
            return Action()
        values = [row[params.metric] for row in evaluated.history if params.metric in row]
        last = values[-params.evaluations :]
        stop = len(last) == params.evaluations and all(map(reached, last))
        return Action(stop, reason=f"`{params.metric}` is {last[-1]:.6g}" if stop else "")

    return callback
