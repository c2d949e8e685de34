"""Formats numbers for the report."""

from __future__ import annotations

import math

MISSING = "–"
_LARGE = 1e6
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
