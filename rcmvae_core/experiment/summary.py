"""Computes `summary.json`: the result of each seed, their mean and their standard deviation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rcmvae_core.data.fingerprint import fingerprint_rows
from rcmvae_core.rundir.records import FORMAT
from rcmvae_core.training.dry_run import Plan
from rcmvae_core.training.seed_run import Trained
from rcmvae_core.training.setup import Prepared

_SPLITS = ("validation", "test")


def summarise(
    prepared: Prepared,
    planned: Plan,
    trained: Sequence[Trained],
    warnings: Sequence[str],
    baselines: Mapping[str, float],
) -> dict[str, Any]:
    """Return the summary as plain values.

    Args:
        prepared: data and model.
        planned: the plan of the run.
        trained: the result of every seed.
        warnings: the warnings of the run, one line each.
        baselines: the test accuracy of simple classifiers.

    Returns:
        The content of `summary.json`.
    """
    split = prepared.split
    return {
        "format": FORMAT,
        "name": prepared.resolved.name,
        "epochs": prepared.resolved.train.epochs,
        "select": prepared.resolved.train.select,
        "parameters": planned.parameters,
        "training": len(split.train),
        "validation": len(split.validation),
        "test": len(split.test),
        "test_data": fingerprint_rows(prepared.dataset, split.test),
        "labels": len(split.labelled),
        "notes": list(planned.notes),
        "baselines": dict(baselines),
        "seeds": [_seed(one) for one in trained],
        "mean": {name: _reduce([getattr(one, name) for one in trained], _mean) for name in _SPLITS},
        "std": {name: _reduce([getattr(one, name) for one in trained], _std) for name in _SPLITS},
        "warnings": list(warnings),
    }


def with_channels(summary: Mapping[str, Any], counts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Add how many channels each seed uses.

    Args:
        summary: what `summarise` returned.
        counts: the entry of each seed; an empty one adds nothing.

    Returns:
        Another summary.
    """
    rows = zip(summary["seeds"], counts, strict=True)
    seeds = [seed | ({"channels": dict(count)} if count else {}) for seed, count in rows]
    return {**summary, "seeds": seeds}


def with_metrics(summary: Mapping[str, Any], metrics: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Add the values of metric plugins, and over the seeds those that every seed has.

    Args:
        summary: what `summarise` returned.
        metrics: the values of each seed, by name.

    Returns:
        Another summary.
    """
    rows = _shared(metrics)
    seeds = [seed | {"metrics": dict(values)} for seed, values in zip(summary["seeds"], metrics, strict=True)]
    return {
        **summary,
        "seeds": seeds,
        "mean": {**summary["mean"], "metrics": _reduce(rows, _mean)},
        "std": {**summary["std"], "metrics": _reduce(rows, _std)},
    }


def mean_metrics(metrics: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean over the seeds of each value of metric plugins that every seed has.

    Example:
        >>> mean_metrics([{"nll": 90.0, "nmi": 0.5}, {"nll": 92.0}])
        {'nll': 91.0}
    """
    return _reduce(_shared(metrics), _mean)


def _shared(metrics: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    names = [name for name in metrics[0] if all(name in values for values in metrics)]
    return [{name: values[name] for name in names} for values in metrics]


def _seed(trained: Trained) -> dict[str, Any]:
    loop_state = trained.loop_state
    return {
        "seed": trained.seed,
        "validation": trained.validation,
        "test": trained.test,
        "epochs": loop_state.epoch,
        "step": int(trained.state.step),
        "stopped_early": loop_state.stopped,
        "monitor": trained.monitor,
        "best": loop_state.best,
        "last": trained.last,
        "seconds": loop_state.seconds,
    }


def _reduce(
    rows: Sequence[Mapping[str, float]], function: Callable[[list[float]], float]
) -> dict[str, float]:
    return {name: function([row[name] for row in rows]) for name in rows[0]}


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


def _std(values: list[float]) -> float:
    """Return the sample standard deviation; zero for a single value."""
    mean = _mean(values)
    return math.sqrt(math.fsum((v - mean) ** 2 for v in values) / max(1, len(values) - 1))
