"""What the training loop must know besides the arrays: where it is, and which state was the best so far."""

from __future__ import annotations

from typing import NamedTuple

from rcmvae_core.tables import TrainTable


class Journal(NamedTuple):
    """Plain values, part of every checkpoint.

    Args:
        seed: of the run.
        epoch: whole epochs done.
        value: what `monitor` says of the state at this step; None if it was not evaluated, or the objective
            had not come to rest.
        best: the best value so far.
        best_step: the step it was found at.
        waited: evaluations since then.
        stopped: training ended early.
        seconds: spent on this seed, all its processes together.
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
    journal: Journal, train: TrainTable, *, value: float, step: int, rested: bool, unlocked: bool
) -> Journal:
    """The journal after a look at the validation data.

    Nothing counts before the objective has come to rest, for a weight that grows makes any state look worse;
    a channel that was unlocked is given time: patience begins anew.

    Args:
        journal: before.
        train: patience and `min_delta`.
        value: ELBO or accuracy; higher is better.
        step: steps done.
        rested: whether warm-up, annealing and boosts are over.
        unlocked: whether a channel was unlocked after this evaluation.

    Example:
        >>> table = TrainTable(epochs=9, patience=1)
        >>> first = after_evaluation(Journal(0), table, value=-90.0, step=10, rested=True, unlocked=False)
        >>> first.best, first.best_step, first.stopped
        (-90.0, 10, False)
        >>> after_evaluation(first, table, value=-95.0, step=20, rested=True, unlocked=False).stopped
        True
    """
    if not rested:
        return journal._replace(value=None, waited=0)
    journal = journal._replace(value=value)
    if journal.best is None or value > journal.best + train.min_delta:
        return journal._replace(best=value, best_step=step, waited=0)
    waited = 0 if unlocked else journal.waited + 1
    return journal._replace(waited=waited, stopped=train.patience is not None and waited >= train.patience)
