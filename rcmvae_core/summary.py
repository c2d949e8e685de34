"""`summary.json`: each seed's result, their mean and their standard deviation, and what was learnt from."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rcmvae_core.training.loop import Trained
from rcmvae_core.training.plan import Plan
from rcmvae_core.training.prepare import Prepared

_SPLITS = ("validation", "test")


def summarise(
    prepared: Prepared, planned: Plan, trained: Sequence[Trained], warnings: Sequence[str]
) -> dict[str, Any]:
    """The summary as plain values.

    Args:
        prepared: data and sizes.
        planned: the plan of the run.
        trained: every seed.
        warnings: what was warned of.
    """
    return {
        "name": prepared.resolved.name,
        "epochs": prepared.resolved.train.epochs,
        "parameters": planned.parameters,
        "training": len(prepared.split.train),
        "validation": len(prepared.split.validation),
        "test": len(prepared.split.test),
        "labels": len(prepared.split.labelled),
        "seeds": [_seed(one) for one in trained],
        "mean": {split: _over([getattr(t, split) for t in trained], _mean) for split in _SPLITS},
        "std": {split: _over([getattr(t, split) for t in trained], _std) for split in _SPLITS},
        "warnings": list(warnings),
    }


def _seed(one: Trained) -> dict[str, Any]:
    return {
        "seed": one.seed,
        "validation": one.validation,
        "test": one.test,
        "epochs": one.journal.epoch,
        "step": int(one.state.step),
        "stopped_early": one.journal.stopped,
        "seconds": one.journal.seconds,
    }


def _over(rows: Sequence[Mapping[str, float]], reduce: Callable[[list[float]], float]) -> dict[str, float]:
    return {name: reduce([row[name] for row in rows]) for name in rows[0]}


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


def _std(values: list[float]) -> float:
    """Of the sample; zero for a single value."""
    mean = _mean(values)
    return math.sqrt(math.fsum((v - mean) ** 2 for v in values) / max(1, len(values) - 1))
