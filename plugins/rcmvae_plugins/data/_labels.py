"""Reads arrays of labels and numbers their classes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Int, Shaped

from rcmvae_plugins.data._assembly import encode
from rcmvae_plugins.data._errors import unreadable


class LabelColumn(NamedTuple):
    """The label of each input as a string, empty if it is unknown: `values[codes[i]]`.

    Args:
        values: the distinct labels.
        codes: the index of each input's label.
    """

    values: tuple[str, ...]
    codes: Int[np.ndarray, " N"]


def unlabelled(count: int) -> LabelColumn:
    """Return a column of `count` unknown labels."""
    return LabelColumn(("",), np.zeros(count, np.int64))


def read(
    path: Path | str, name: str, labels: Shaped[np.ndarray, "..."], class_names: tuple[str, ...] = ()
) -> LabelColumn:
    """Read an array of labels.

    Args:
        path: the file of the array, for messages.
        name: the array's name in the file, for messages.
        labels: strings, integers, or floats with integer values; -1, NaN and the empty string are unknown.
        class_names: the classes that integers number; if empty, each label that occurs is a class.

    Returns:
        The label of each input.

    Raises:
        RcmvaeError: E306 if the array does not contain labels.
    """
    if labels.ndim != 1:
        raise unreadable(path, f"{name} has shape {labels.shape}", remedies=["give one label per input"])
    if labels.dtype.kind == "U":
        if class_names:
            message = f"{name} contains strings, which already name the classes"
            raise unreadable(path, message, remedies=["remove `class_names`"])
        values, codes = np.unique(labels, return_inverse=True)
        return LabelColumn(tuple(str(value) for value in values), codes)
    if labels.dtype.kind == "f":
        labels = np.where(np.isnan(labels), -1, labels)
    if (
        labels.dtype.kind not in "iuf"
        or not (np.isfinite(labels) & (labels >= -1) & (labels == np.floor(labels))).all()
    ):
        message = f"{name}, of type {labels.dtype}, contains values that are not labels"
        raise unreadable(
            path, message, remedies=["give strings, or integers from 0, with -1 for unknown labels"]
        )
    numbers, codes = np.unique(labels, return_inverse=True)
    if class_names and numbers.size and numbers[-1] >= len(class_names):
        message = f"{name} contains label {int(numbers[-1])}, but `class_names` has {len(class_names)} names"
        raise unreadable(path, message, remedies=["labels number the names from 0"])
    return LabelColumn(tuple("" if number < 0 else str(int(number)) for number in numbers), codes)


def number_classes(
    columns: Sequence[LabelColumn], class_names: tuple[str, ...] = ()
) -> tuple[Int[np.ndarray, " N"], tuple[str, ...]]:
    """Encode the labels of all columns as indices of common classes.

    Args:
        columns: one after another.
        class_names: as in `read`.

    Returns:
        The index of the class of each input, -1 if it is unknown; and the name of each class.

    Example:
        >>> number_classes([LabelColumn(("b", ""), np.array([0, 1, 0])), LabelColumn(("a",), np.array([0]))])
        (array([ 1, -1,  1,  0], dtype=int32), ('a', 'b'))
    """
    values = [value for column in columns for value in column.values]
    if class_names:
        numbers, names = np.array([int(value) if value else -1 for value in values], np.int32), class_names
    else:
        numbers, names = encode(values)
    starts = np.cumsum([0, *(len(column.values) for column in columns)])
    return np.concatenate([numbers[s:][c.codes] for s, c in zip(starts, columns, strict=False)]), names
