"""Arrays of labels to classes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Int, Shaped

from rcmvae_plugins.data.assembly import encode
from rcmvae_plugins.data.faults import unreadable


class Words(NamedTuple):
    """The class of each input as a text, empty where it is unknown: `words[codes[i]]`."""

    words: tuple[str, ...]
    codes: Int[np.ndarray, " N"]


def unknown(count: int) -> Words:
    """No label is known."""
    return Words(("",), np.zeros(count, np.int64))


def read(
    path: Path | str, subject: str, labels: Shaped[np.ndarray, "..."], names: tuple[str, ...] = ()
) -> Words:
    """What an array of labels says.

    Args:
        path: its file, for messages.
        subject: what it is there, for messages.
        labels: texts, integers, or whole floats; -1, NaN and the empty text are unknown.
        names: the classes that integers number; if there are none, each label that occurs is a class.

    Raises:
        RcmvaeError: E306 if these are no labels.
    """
    if labels.ndim != 1:
        raise unreadable(
            path, f"{subject} has shape {labels.shape}", remedies=["give a label for each input"]
        )
    if labels.dtype.kind == "U":
        if names:
            message = f"{subject} has texts, which name the classes already"
            raise unreadable(path, message, remedies=["leave `class_names` out"])
        words, codes = np.unique(labels, return_inverse=True)
        return Words(tuple(str(word) for word in words), codes)
    if labels.dtype.kind == "f":
        labels = np.where(np.isnan(labels), -1, labels)
    if (
        labels.dtype.kind not in "iuf"
        or not (np.isfinite(labels) & (labels >= -1) & (labels == np.floor(labels))).all()
    ):
        message = f"{subject}, of {labels.dtype}, has labels that are no classes"
        raise unreadable(path, message, remedies=["give texts, or integers from 0, with -1 for unknown"])
    numbers, codes = np.unique(labels, return_inverse=True)
    if names and numbers.size and numbers[-1] >= len(names):
        message = f"{subject} has label {int(numbers[-1])}; `class_names` has {len(names)}, numbered from 0"
        raise unreadable(path, message)
    return Words(tuple("" if number < 0 else str(int(number)) for number in numbers), codes)


def number(
    parts: Sequence[Words], names: tuple[str, ...] = ()
) -> tuple[Int[np.ndarray, " N"], tuple[str, ...]]:
    """Number the classes of all parts together.

    Args:
        parts: one after another.
        names: as in `read`.

    Returns:
        [N] classes, -1 where unknown; and the name of each class.

    Example:
        >>> number([Words(("b", ""), np.array([0, 1, 0])), Words(("a",), np.array([0]))])
        (array([ 1, -1,  1,  0], dtype=int32), ('a', 'b'))
    """
    words = [word for part in parts for word in part.words]
    if names:
        numbered = np.array([int(word) if word else -1 for word in words], np.int32)
    else:
        numbered, names = encode(words)
    starts = np.cumsum([0, *(len(part.words) for part in parts)])
    return np.concatenate([numbered[s:][p.codes] for s, p in zip(starts, parts, strict=False)]), names
