"""Writes what is beside and above pictures: classes, channels and numbers."""

from __future__ import annotations

import numpy as np

from rcmvae_core.plugin.protocols import ReportArrays
from rcmvae_plugins.figures._arrays import class_name, percent
from rcmvae_plugins.figures._pictures import picture_labels, picture_predictions

_WHOLE = 1000
"""Numbers from here on have no decimals."""


def verdict(arrays: ReportArrays, picture: int) -> str:
    """Return the label of a picture, and on a second line the predicted class if it is another one."""
    label, predicted = int(picture_labels(arrays)[picture]), int(picture_predictions(arrays)[picture])
    name = class_name(arrays, label) if label >= 0 else ""
    return name if predicted in (-1, label) else f"{name}\n→ {class_name(arrays, predicted)}".strip()


def channel_label(arrays: ReportArrays, channel: int, share: float | None = None) -> str:
    """Return the label of a channel, its number, and its usage.

    Args:
        arrays: of the report.
        channel: its index.
        share: its usage; None leaves it out.
    """
    # Figure spaces are as wide as digits, so that the columns are aligned.
    digits = len(str(max(1, len(arrays.log_pi)) - 1))
    parts = [f"channel {channel:\u2007>{digits}}"]
    if share is not None:
        parts.append(f"{percent(share):\u2007>6}")
    if arrays.tau.shape[1]:
        row = np.nan_to_num(arrays.tau[channel])
        parts.insert(0, class_name(arrays, int(row.argmax())) if (row > 0).any() else "no label")
    return "   ".join(parts)


def number(value: float) -> str:
    """Format a number with three digits, and those before the decimal point.

    Example:
        >>> number(1234.5), number(0.01234), number(float("nan"))
        ('1234', '0.0123', 'NaN')
    """
    if not np.isfinite(value):
        return "NaN"
    return f"{value:.0f}" if abs(value) >= _WHOLE else f"{value:.3g}"


def count_of(count: int, total: int, noun: str) -> str:
    """Say how many of all are shown.

    Args:
        count: how many are shown.
        total: how many there are.
        noun: what they are, in the singular.

    Example:
        >>> count_of(3, 10, "channel"), count_of(3, 3, "class"), count_of(1, 1, "class")
        ('3 of 10 channels', '3 classes', '1 class')
    """
    plural = noun + ("es" if noun.endswith("s") else "s")
    if count < total:
        return f"{count} of {total} {plural}"
    return f"1 {noun}" if count == 1 else f"{count} {plural}"
