"""Reads arrays of labels and numbers their classes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Int, Shaped

from rcmvae_core.data.cells import label_text
from rcmvae_plugins.data._assembly import encode
from rcmvae_plugins.data._errors import unreadable

_INTEGER = re.compile(r"-?\d+")


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
    path: Path | str,
    name: str,
    labels: Shaped[np.ndarray, "..."],
    class_names: tuple[str, ...] = (),
    unlabelled: tuple[str, ...] | None = None,
) -> LabelColumn:
    """Read an array of labels.

    Args:
        path: the file of the array, for messages.
        name: the array's name in the file, for messages.
        labels: strings, booleans, integers, or floats with integer values, [N] or [N, 1].
        class_names: the classes that integers number; if empty, each label that occurs is a class.
        unlabelled: the labels that mean that there is none; None takes -1, NaN, empty texts, `NA`, `?` and the like.

    Returns:
        The label of each input.

    Raises:
        RcmvaeError: E306 if the array does not contain labels.
    """
    labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels  # noqa: PLR2004
    if labels.ndim != 1:
        raise unreadable(path, f"{name} has shape {labels.shape}", remedies=["give one label per input"])
    if labels.dtype.kind == "U":
        if class_names:
            message = f"{name} contains strings, which already name the classes"
            raise unreadable(path, message, remedies=["remove `class_names`"])
        try:
            values, codes = np.unique(labels, return_inverse=True)
            texts = [label_text(value, unlabelled) for value in values.tolist()]
        except (SystemError, ValueError):  # how NumPy reports a number that is no character
            raise unreadable(path, f"{name} contains strings that are not Unicode") from None
        return LabelColumn(tuple(texts), codes)
    if labels.dtype.kind in "fb":
        labels = np.where(np.isnan(labels.astype(float)), -1, labels)
    is_number = labels.dtype.kind in "iufb"
    wrong = (
        np.flatnonzero(~(np.isfinite(labels) & (labels == np.floor(labels))))
        if is_number
        else np.zeros(1, int)
    )
    if wrong.size and len(labels):
        value = f"`{labels[wrong[0]]}` of input {wrong[0]}" if is_number else f"values of type {labels.dtype}"
        raise unreadable(
            path,
            f"{name} contains {value}, which is no label",
            remedies=["give strings, or integers from 0, with -1 for unknown labels"],
        )
    unknown = {-1} if unlabelled is None else {int(text) for text in unlabelled if _INTEGER.fullmatch(text)}
    labels = np.where(np.isin(labels, list(unknown)), -1, labels) if unlabelled is not None else labels
    numbers, codes = np.unique(labels, return_inverse=True)
    if numbers.size and numbers[0] < -1:
        message = f"{name} contains label {int(numbers[0])}: a label is 0 or more, or -1 if it is unknown"
        raise unreadable(
            path, message, remedies=["set `unlabelled` if this value means that there is no label"]
        )
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
