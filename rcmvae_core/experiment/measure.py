"""Calls the metrics that a spec names on the arrays of a trained model."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from numbers import Real
from typing import Any

from rcmvae_core.errors import Diagnostic, quoted
from rcmvae_core.plugin.declaration import load_object
from rcmvae_core.plugin.protocols.figure import NotApplicable, ReportData
from rcmvae_core.plugin.resolved import ResolvedPart


def measure(
    parts: Iterable[ResolvedPart], data: ReportData, warn: Callable[[Diagnostic], None]
) -> dict[str, float]:
    """Compute metrics of a spec.

    Args:
        parts: the metrics.
        data: what they read, of one seed.
        warn: called with a W490 for each metric that fails or is not finite; the others are computed.

    Returns:
        Finite values by name; several of one metric as `NAME/KEY`, such as `auroc/elbo`. A metric that does not apply to
        the run has none, so the names can differ between seeds.
    """
    return {name: value for part in parts for name, value in _values(part, data, warn).items()}


def _values(part: ResolvedPart, data: ReportData, warn: Callable[[Diagnostic], None]) -> dict[str, float]:
    """Compute one metric.

    Args:
        part: the metric.
        data: what it reads.
        warn: called with a W490 if it fails, or if values are not finite.

    Returns:
        Its finite values by name.
    """
    try:
        values = values_of(part.name, load_object(part.registered.plugin.impl)(part.params, data))
    except Exception as error:  # noqa: BLE001 - a metric that fails must not cost a trained run its results
        first = next(iter(str(error).splitlines()), "")
        warn(_left_out(part, f"{type(error).__name__}: {first}"))
        return {}
    finite = {name: value for name, value in values.items() if math.isfinite(value)}
    if len(finite) < len(values):
        warn(_left_out(part, f"not finite: {quoted([name for name in values if name not in finite])}"))
    return finite


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


def _left_out(part: ResolvedPart, reason: str) -> Diagnostic:
    """Return the warning that the results lack values of a metric."""
    name, version = part.registered.distribution
    message = f"the results lack {part} of {name} {version}: {reason}"
    return Diagnostic("W490", message, part.place, help=["the other metrics are computed"])
