"""Flattens nested specs and summaries into the named values that services accept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

# MLflow's limits.
_MAX_KEY, _MAX_VALUE = 250, 6000


def flatten(spec: Mapping[str, Any]) -> dict[str, str]:
    """Return every value of a spec as a string, by its dotted path; longer strings than MLflow accepts are cut.

    An empty table is a value too, as its name is that of the chosen plugin.

    Args:
        spec: nested tables.

    Example:
        >>> flatten({"latent": {"dim": 2}, "conditioner": {"none": {}}, "name": "a", "seeds": [0, 1]})
        {'latent.dim': '2', 'conditioner.none': '{}', 'name': 'a', 'seeds': '[0, 1]'}
    """
    return {".".join(path)[:_MAX_KEY]: _string(value)[:_MAX_VALUE] for path, value in _leaves(spec, ())}


def flatten_results(results: Mapping[str, Any], suffix: str = "") -> dict[str, float]:
    """Return the metrics of each split, under names that no metric of an epoch has.

    Args:
        results: an entry of the summary: that of a seed, or the mean or standard deviation over seeds.
        suffix: appended to every name.

    Example:
        >>> flatten_results({"seed": 3, "test": {"accuracy": 0.9}, "seconds": 1.5})
        {'result/test/accuracy': 0.9}
    """
    return {
        f"result/{split}/{name}{suffix}": float(value)
        for split, metrics in results.items()
        if isinstance(metrics, Mapping)
        for name, value in metrics.items()
    }


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _leaves(inner, (*path, str(name)))
    else:
        yield path, value


def _string(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
