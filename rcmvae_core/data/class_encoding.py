"""Encodes targets of any type as class numbers, with -1 for examples without a label."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Int
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import assert_all_finite, column_or_1d

from rcmvae_core.data.cells import as_text, is_unlabelled

_USUAL = -1


class Targets(NamedTuple):
    """Encoded targets.

    Args:
        classes: the names of the classes, sorted.
        codes: the index of each example's class in `classes`; -1 without a label.
    """

    classes: np.ndarray
    codes: Int[np.ndarray, " N"]


def check_targets(y: Any, unlabeled: Any) -> tuple[np.ndarray, Bool[np.ndarray, " N"]]:
    """Check targets.

    Args:
        y: one for each example; NaN and None mean that the example has no label.
        unlabeled: another value with this meaning; with -1 empty texts, `NA`, `?` and the like have it too; None if
            there is no other.

    Returns:
        The targets as an array of one axis, and which of them are labels.

    Raises:
        ValueError: if the targets are not classes, or none of them is a label.
    """
    values: np.ndarray = column_or_1d(y, warn=True)
    if values.dtype.kind in "fc":
        assert_all_finite(values, allow_nan=True, input_name="y")
    texts = None if unlabeled == _USUAL else () if unlabeled is None else (as_text(unlabeled),)
    is_label = np.array([not is_unlabelled(value, texts) for value in values.tolist()], bool)
    if not is_label.any():
        raise ValueError("y has no label: at least one example needs a class")
    check_classification_targets(_without_objects(values[is_label]))
    return values, is_label


def encode(y: Any, unlabeled: Any, classes: Any = None) -> Targets:
    """Encode targets as class numbers.

    Args:
        y: one for each example; NaN and None mean that the example has no label.
        unlabeled: another value with this meaning; None if there is no other.
        classes: classes that are numbered already; new ones follow them.

    Returns:
        The classes, and the number of each example's class.

    Raises:
        ValueError: if the targets are not classes, or none of them is a label.

    Example:
        >>> encode(["b", "a", "?"], "?").codes.tolist()
        [1, 0, -1]
        >>> encode(["b", "a", "?"], "?", classes=np.array(["b"])).codes.tolist()
        [0, 1, -1]
    """
    values, is_label = check_targets(y, unlabeled)
    labels = _without_objects(values[is_label])
    names = np.unique(labels)
    if classes is not None:
        names = np.concatenate([classes, np.setdiff1d(labels, classes)])
    numbers = {name: number for number, name in enumerate(names.tolist())}
    codes = np.full(len(values), -1, np.int32)
    codes[is_label] = [numbers[name] for name in labels.tolist()]
    return Targets(names, codes)


def _without_objects(values: np.ndarray) -> np.ndarray:
    """Give an array of objects the type of its values: integers beside NaN, or strings beside -1.

    Returns:
        The array with the type of its values.
    """
    if values.dtype.kind == "O":
        return np.array(values.tolist())
    return values
