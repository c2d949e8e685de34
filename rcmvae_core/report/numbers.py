"""Formats numbers for the report."""

from __future__ import annotations

import math
from collections.abc import Mapping

MISSING = "–"
_LARGE = 1e6
_SHARES = ("accuracy", "balanced_accuracy")
_MINUTE = 60


def format_number(value: float, digits: int = 2) -> str:
    """Format a number with a true minus sign; in scientific notation where it would lose its digits.

    Example:
        >>> format_number(-31.2)
        '−31.20'
        >>> format_number(float("nan"))
        'NaN'
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    is_plain = value == 0 or 10**-digits <= abs(value) < _LARGE
    return f"{value:.{digits}{'f' if is_plain else 'e'}}".replace("-", "−")


def format_mean(mean: float, deviation: float | None, unit: str = "") -> str:
    """Format a mean with its standard deviation and unit.

    Args:
        mean: the mean.
        deviation: the standard deviation; None leaves it out.
        unit: such as `%`.

    Example:
        >>> format_mean(93.25, 0.5, "%")
        '93.25 ± 0.50 %'
    """
    number = format_number(mean)
    if deviation is not None:
        number += f" ± {_format_deviation(deviation)}"
    return f"{number} {unit}".strip()


def format_metric(
    name: str, values: Mapping[str, float], deviations: Mapping[str, float] | None = None
) -> str:
    """Format one of several metrics in its unit; a dash if the run does not have it.

    Args:
        name: the metric.
        values: the metrics, by name.
        deviations: their standard deviations, by name.

    Example:
        >>> format_metric("accuracy", {"accuracy": 0.9325})
        '93.25 %'
    """
    if name not in values:
        return MISSING
    scale, unit = (100.0, "%") if name in _SHARES else (1.0, "")
    deviation = None if deviations is None or name not in deviations else scale * deviations[name]
    return format_mean(scale * values[name], deviation, unit)


def format_duration(seconds: float) -> str:
    """Format a duration in its two largest units.

    Example:
        >>> format_duration(12.34), format_duration(185), format_duration(7500)
        ('12.3 s', '3 min 5 s', '2 h 5 min')
    """
    if not math.isfinite(seconds):
        return format_number(seconds)
    if round(seconds, 1) < _MINUTE:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    return f"{minutes} min {rest} s" if minutes < _MINUTE else f"{minutes // 60} h {minutes % 60} min"


def format_count(value: int) -> str:
    """Format a whole number with narrow no-break spaces between groups of three digits."""
    return f"{value:,}".replace(",", "\u202f")


def _format_deviation(value: float) -> str:
    return f"{value:.2f}" if 0 <= value < _LARGE else format_number(value)
