"""Reads names, usage and predictions from the arrays of a report, and formats them as text."""

from __future__ import annotations

import functools

import numpy as np
from jaxtyping import Bool, Float, Int
from matplotlib.font_manager import findfont, get_font

from rcmvae_core.plugin.protocols import ReportArrays


@functools.cache
def _drawable() -> frozenset[str]:
    return frozenset(map(chr, get_font(findfont("DejaVu Sans")).get_charmap()))


def shorten(text: str, length: int = 16) -> str:
    """Return a string on one line, cut to at most `length` characters.

    Example:
        >>> shorten("a very long name of a class")
        'a very long nam…'
    """
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def class_name(arrays: ReportArrays, index: int) -> str:
    """Return the short name of a class, or its number if it has no name that the font can draw."""
    has_name = index < len(arrays.class_names)
    name = shorten(arrays.class_names[index]) if has_name else ""
    return name if name and _drawable().issuperset(name) else f"class {index}"


def class_names(arrays: ReportArrays, classes: int) -> list[str]:
    """Return the short names of all classes."""
    return [class_name(arrays, index) for index in range(classes)]


def percent(fraction: float) -> str:
    """Format a fraction as a percentage.

    Example:
        >>> percent(0.1234), percent(0.0004), percent(0.0)
        ('12.3 %', '<0.1 %', '0 %')
    """
    if not np.isfinite(fraction):
        return "NaN"
    text = f"{100 * fraction:.1f} %"
    if text != "0.0 %":
        return text
    return "<0.1 %" if fraction > 0 else "0 %"


def finite_rows(values: Float[np.ndarray, "N K"]) -> Bool[np.ndarray, " N"]:
    """Return which rows have finite values only."""
    return np.all(np.isfinite(values), axis=1)


def usage(arrays: ReportArrays) -> Float[np.ndarray, " K"]:
    """Return the mean q(c|x) over the inputs for which it is finite; NaN if there are none."""
    rows = arrays.responsibilities[finite_rows(arrays.responsibilities)]
    channels = arrays.responsibilities.shape[1]
    return rows.astype(float).mean(axis=0) if len(rows) else np.full(channels, np.nan)


def effective_number(shares: Float[np.ndarray, "*n K"]) -> Float[np.ndarray, "*n"]:
    """Return the exponential of the entropy of distributions: K for a uniform one, 1 for a point mass."""
    positive = np.where(shares > 0, shares, 1.0)
    return np.asarray(np.exp(-(positive * np.log(positive)).sum(axis=-1)))


def by_usage(shares: Float[np.ndarray, " K"]) -> Int[np.ndarray, " K"]:
    """Return the channels, most used first; those with the same usage in their order."""
    return np.argsort(-np.nan_to_num(shares), kind="stable")


def known_labels(arrays: ReportArrays) -> Bool[np.ndarray, " N"]:
    """Return which inputs have a known label."""
    return arrays.labels >= 0


def full_class_names(arrays: ReportArrays, classes: int) -> list[str]:
    """Return the names of all classes as they are, for data; the number of a class without a name."""
    given = arrays.class_names
    return [given[y] if y < len(given) and given[y] else f"class {y}" for y in range(classes)]


def labelled_predictions(arrays: ReportArrays) -> tuple[Float[np.ndarray, "n Y"], Int[np.ndarray, " n"]]:
    """Return p(y|x) and the label of every input that has both."""
    classes = arrays.probabilities.shape[1]
    usable = (arrays.labels >= 0) & (arrays.labels < classes)
    usable &= finite_rows(arrays.probabilities)
    return arrays.probabilities[usable], arrays.labels[usable]
