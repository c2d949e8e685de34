"""What figures read out of the diagnostics: names, usage, and words for numbers."""

from __future__ import annotations

import functools

import numpy as np
from jaxtyping import Bool, Float, Int
from matplotlib.font_manager import findfont, get_font

from rcmvae_core.diagnostics import Diagnostics


@functools.cache
def _drawable() -> frozenset[str]:
    return frozenset(map(chr, get_font(findfont("DejaVu Sans")).get_charmap()))


def shorten(text: str, length: int = 16) -> str:
    """One line of at most `length` letters.

    Example:
        >>> shorten("a very long name of a class")
        'a very long nam…'
    """
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def class_name(diagnostics: Diagnostics, index: int) -> str:
    """A class's name, short; its number where it has none, or none that the font can draw."""
    known = index < len(diagnostics.class_names)
    name = shorten(diagnostics.class_names[index]) if known else ""
    return name if name and _drawable().issuperset(name) else f"class {index}"


def class_names(diagnostics: Diagnostics, classes: int) -> list[str]:
    """The names of classes 0, 1, ..."""
    return [class_name(diagnostics, index) for index in range(classes)]


def percent(share: float) -> str:
    """A share in words.

    Example:
        >>> percent(0.1234), percent(0.0004), percent(0.0)
        ('12.3 %', '<0.1 %', '0 %')
    """
    if not np.isfinite(share):
        return "NaN"
    text = f"{100 * share:.1f} %"
    if text != "0.0 %":
        return text
    return "<0.1 %" if share > 0 else "0 %"


def certain(responsibilities: Float[np.ndarray, "N K"]) -> Bool[np.ndarray, " N"]:
    """Which inputs have finite responsibilities."""
    return np.all(np.isfinite(responsibilities), axis=1)


def usage(diagnostics: Diagnostics) -> Float[np.ndarray, " K"]:
    """Mean q(c|x) over the inputs where it is finite; NaN when it is nowhere."""
    rows = diagnostics.responsibilities[certain(diagnostics.responsibilities)]
    channels = diagnostics.responsibilities.shape[1]
    return rows.astype(float).mean(axis=0) if len(rows) else np.full(channels, np.nan)


def by_usage(shares: Float[np.ndarray, " K"]) -> Int[np.ndarray, " K"]:
    """Channels, most used first; equals in their order."""
    return np.argsort(-np.nan_to_num(shares), kind="stable")


def judged(diagnostics: Diagnostics) -> tuple[Float[np.ndarray, "n Y"], Int[np.ndarray, " n"]]:
    """p(y|x) and the label of every input that has both."""
    classes = diagnostics.probabilities.shape[1]
    known = (diagnostics.labels >= 0) & (diagnostics.labels < classes)
    known &= np.isfinite(diagnostics.probabilities).all(axis=1)
    return diagnostics.probabilities[known], diagnostics.labels[known]
