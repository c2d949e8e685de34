"""Builds the callback that changes a weight at a plateau."""

from __future__ import annotations

from collections.abc import Sequence

from rcmvae_core.plugin.protocols import Action, BuildContext, Callback, Evaluated
from rcmvae_plugins.callbacks.params import PlateauParams


def plateau(params: PlateauParams, context: BuildContext) -> Callback:
    """Multiply the weight of a loss by factor^n, where n counts the plateaus of a metric so far.

    A plateau is `patience` evaluations in a row without one that is better than the best before by more than
    `min_delta`; after it the count starts anew, and the best value is kept.

    Args:
        params: the loss, the factor, and what a plateau is.
        context: unused.

    Returns:
        A Callback, which gives the factor after every epoch, 1 before the first plateau.
    """
    del context
    sign = 1 if params.direction == "up" else -1

    def callback(evaluated: Evaluated) -> Action:
        values = [sign * row[params.metric] for row in evaluated.history if params.metric in row]
        changes = min(params.times, _plateaus(values, params))
        return Action(weight_factors={params.loss: params.factor**changes})

    return callback


def _plateaus(values: Sequence[float], params: PlateauParams) -> int:
    """Count the plateaus of a metric that is to rise."""
    best, waited, plateaus = float("-inf"), 0, 0
    for value in values:
        if value > best + params.min_delta:
            best, waited = value, 0
        else:
            waited += 1
        if waited == params.patience:
            waited, plateaus = 0, plateaus + 1
    return plateaus
