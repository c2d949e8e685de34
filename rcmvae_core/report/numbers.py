"""Numbers as a reader of a report wants them."""

from __future__ import annotations

import math
from collections.abc import Mapping

MISSING = "–"
_WIDE = 1e6
_MINUTE = 60


def decimal(value: float, digits: int = 2) -> str:
    """A number with a true minus sign; scientific where digits would hide it.

    Example:
        >>> decimal(-31.2)
        '−31.20'
        >>> decimal(float("nan"))
        'NaN'
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    plain = value == 0 or 10**-digits <= abs(value) < _WIDE
    return f"{value:.{digits}{'f' if plain else 'e'}}".replace("-", "−")


def spread(mean: float, deviation: float | None, unit: str = "") -> str:
    """A mean, its deviation where there is one, and the unit.

    Example:
        >>> spread(93.25, 0.5, "%")
        '93.25 ± 0.50 %'
    """
    text = decimal(mean) if deviation is None else f"{decimal(mean)} ± {_deviation(deviation)}"
    return f"{text} {unit}".strip()


def metric(name: str, values: Mapping[str, float], deviations: Mapping[str, float] | None = None) -> str:
    """One metric of several, in its unit; a dash when the run does not have it."""
    if name not in values:
        return MISSING
    scale, unit = (100.0, "%") if name == "accuracy" else (1.0, "")
    deviation = None if deviations is None or name not in deviations else scale * deviations[name]
    return spread(scale * values[name], deviation, unit)


def duration(seconds: float) -> str:
    """A time, to a precision that matters.

    Example:
        >>> duration(12.34), duration(185), duration(7500)
        ('12.3 s', '3 min 5 s', '2 h 5 min')
    """
    if not math.isfinite(seconds):
        return decimal(seconds)
    if round(seconds, 1) < _MINUTE:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    return f"{minutes} min {rest} s" if minutes < _MINUTE else f"{minutes // 60} h {minutes % 60} min"


def count(value: int) -> str:
    """A whole number in groups of three, parted by narrow spaces that do not break."""
    return f"{value:,}".replace(",", "\u202f")


def _deviation(value: float) -> str:
    return f"{value:.2f}" if 0 <= value < _WIDE else decimal(value)
