"""What a run came to, under names that no epoch's metric has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def results(judged: Mapping[str, Any], suffix: str = "") -> dict[str, float]:
    """The numbers of each split, flat.

    Args:
        judged: an entry of the summary: of a seed, or the mean or deviation over seeds.
        suffix: added to every name.

    Example:
        >>> results({"seed": 3, "test": {"accuracy": 0.9}, "seconds": 1.5})
        {'result/test/accuracy': 0.9}
    """
    return {
        f"result/{split}/{name}{suffix}": float(value)
        for split, metrics in judged.items()
        if isinstance(metrics, Mapping)
        for name, value in metrics.items()
    }
