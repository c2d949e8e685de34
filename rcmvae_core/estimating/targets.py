"""Targets as people have them: classes of any name, and examples of none."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Int
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import assert_all_finite, column_or_1d


class Targets(NamedTuple):
    """Classes, and the class of each example.

    Args:
        classes: their names, sorted.
        codes: the place of each example's class among them; -1 without a label.
    """

    classes: np.ndarray
    codes: Int[np.ndarray, " N"]


def known(y: Any, unlabeled: Any) -> tuple[np.ndarray, Bool[np.ndarray, " N"]]:
    """Targets as an array of one axis, and which of them are labels.

    Args:
        y: one for each example; NaN and None are no label.
        unlabeled: another value that is none; None says that every value is one.

    Raises:
        ValueError: if they are no classes.
    """
    values: np.ndarray = column_or_1d(y, warn=True)
    if values.dtype.kind in "fc":
        assert_all_finite(values, allow_nan=True, input_name="y")
    # NaN is the only value that differs from itself.
    is_label = np.array([value is not None and value == value for value in values.tolist()], bool)  # noqa: PLR0124
    if unlabeled is not None:
        is_label &= np.array([value != unlabeled for value in values.tolist()], bool)
    if not is_label.any():
        raise ValueError("y has no label: at least one example needs a class")
    check_classification_targets(_plain(values[is_label]))
    return values, is_label


def encode(y: Any, unlabeled: Any, classes: Any = None) -> Targets:
    """Number the classes.

    Args:
        y: one for each example.
        unlabeled: the value that is no label; NaN and None are none either.
        classes: names that have numbers already; others follow them.

    Raises:
        ValueError: if targets are no classes.

    Example:
        >>> encode(["b", "a", "?"], "?").codes.tolist()
        [1, 0, -1]
        >>> encode(["b", "a", "?"], "?", classes=np.array(["b"])).codes.tolist()
        [0, 1, -1]
    """
    values, is_label = known(y, unlabeled)
    named = _plain(values[is_label])
    names = np.unique(named)
    if classes is not None:
        names = np.concatenate([classes, np.setdiff1d(named, classes)])
    numbers = {name: number for number, name in enumerate(names.tolist())}
    codes = np.full(len(values), -1, np.int32)
    codes[is_label] = [numbers[name] for name in named.tolist()]
    return Targets(names, codes)


def _plain(values: np.ndarray) -> np.ndarray:
    """Whole numbers stay whole beside NaN, texts stay texts beside -1."""
    if values.dtype.kind == "O":
        return np.array(values.tolist())
    return values
