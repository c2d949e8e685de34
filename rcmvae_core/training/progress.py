"""Keeps the training loop's own state: epochs done, the best evaluation, and early stopping."""

from __future__ import annotations

from typing import NamedTuple

from rcmvae_core.plugin.core_tables import TrainTable


class LoopState(NamedTuple):
    """Plain values that every checkpoint holds beside the arrays.

    Args:
        seed: of the run.
        epoch: epochs completed.
        value: the monitored metric of the state at this step; None if the state was not evaluated, or if a
            schedule or curriculum had not finished.
        best: the best value so far.
        best_step: the step of the best value.
        waited: evaluations since the best value.
        stopped: whether training ended early.
        seconds: time spent on this seed, by all processes that trained it one after the other.
    """

    seed: int
    epoch: int = 0
    value: float | None = None
    best: float | None = None
    best_step: int | None = None
    waited: int = 0
    stopped: bool = False
    seconds: float = 0.0


def after_evaluation(
    loop_state: LoopState,
    train: TrainTable,
    *,
    value: float,
    step: int,
    schedules_finished: bool,
    unlocked: bool,
) -> LoopState:
    """Update the best value and the patience after an evaluation on the validation data.

    Early stopping ignores evaluations until all weight schedules and curricula have finished, because until then the
    monitored value is not comparable between epochs. Unlocking a channel restarts the patience, because the new
    channel has to train before the value can improve.

    Args:
        loop_state: before the evaluation.
        train: the table with `patience` and `min_delta`.
        value: the monitored metric, ELBO (nats) or accuracy; higher is better.
        step: steps done.
        schedules_finished: whether warm-up, annealing and boosts have reached their last values.
        unlocked: whether a channel was unlocked after this evaluation.

    Returns:
        The updated loop state; its `stopped` is True when the patience is used up.

    Example:
        >>> table, start = TrainTable(epochs=9, patience=1), LoopState(0)
        >>> first = after_evaluation(
        ...     start, table, value=-90.0, step=10, schedules_finished=True, unlocked=False
        ... )
        >>> first.best, first.best_step, first.stopped
        (-90.0, 10, False)
        >>> after_evaluation(
        ...     first, table, value=-95.0, step=20, schedules_finished=True, unlocked=False
        ... ).stopped
        True
    """
    if not schedules_finished:
        return loop_state._replace(value=None, waited=0)
    loop_state = loop_state._replace(value=value)
    if loop_state.best is None or value > loop_state.best + train.min_delta:
        return loop_state._replace(best=value, best_step=step, waited=0)
    if value == loop_state.best:  # of equal states the later one has seen more
        loop_state = loop_state._replace(best_step=step)
    waited = 0 if unlocked else loop_state.waited + 1
    return loop_state._replace(waited=waited, stopped=train.patience is not None and waited >= train.patience)
