"""Reads what a metric returned, and which of two values its declaration says is better."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any, Literal

from rcmvae_core.plugin.declaration import Plugin
from rcmvae_core.plugin.protocols.figure import NotApplicable

PREDICTIONS = "metric.predictions"
"""The token of metrics that read only p(y|x), labels and class names."""
Direction = Literal["higher", "lower", ""]


def direction(plugin: Plugin) -> Direction:
    """Return which of two values of a metric is better; empty if it does not say."""
    if "metric.higher_is_better" in plugin.provides:
        return "higher"
    return "lower" if "metric.lower_is_better" in plugin.provides else ""


def values_of(name: str, result: Any) -> dict[str, float]:
    """Return the values of a metric by name: `NAME`, or `NAME/KEY` where it has several.

    Args:
        name: of the metric.
        result: what it returned.

    Returns:
        The values; empty if the metric does not apply.

    Raises:
        TypeError: if the result is something else than a metric may return.

    Example:
        >>> values_of("nll", 93.5), values_of("auroc", {"elbo": 0.75})
        ({'nll': 93.5}, {'auroc/elbo': 0.75})
    """
    if isinstance(result, NotApplicable):
        return {}
    several: Mapping[Any, Any] = result if isinstance(result, Mapping) else {"": result}
    wrong = [key for key, value in several.items() if not isinstance(key, str) or not _is_number(value)]
    if wrong or not several:
        form = (
            f"{wrong[0]!r}: {several[wrong[0]]!r}" if isinstance(result, Mapping) and wrong else repr(result)
        )
        raise TypeError(f"expected a number, numbers by name or `NotApplicable`, got {form[:100]}")
    return {f"{name}/{key}" if key else name: float(value) for key, value in several.items()}


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
