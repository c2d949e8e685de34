"""Training rows, test rows and the words of labels to one data set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float, Int, Shaped, UInt8

from rcmvae_core.data import stratified_split
from rcmvae_plugins.data.faults import unreadable

_FRACTION = 0.2
_AXES = {"image": ((3, 4), "[N, H, W] or [N, H, W, C]"), "features": ((2,), "[N, F]")}

Inputs = UInt8[np.ndarray, "N *x"] | Float[np.ndarray, "N *x"]


def encode(words: Sequence[str]) -> tuple[Int[np.ndarray, " N"], tuple[str, ...]]:
    """Number the classes in their order: as integers where all are, else as texts.

    Args:
        words: the class of each item; an empty one is unknown.

    Returns:
        [N] classes, -1 where unknown; and the name of each class.

    Example:
        >>> encode(["10", "9", "", "10"])
        (array([ 1,  0, -1,  1], dtype=int32), ('9', '10'))
    """
    present = {word for word in words if word}
    numbers = all(word.isascii() and word.removeprefix("-").isdigit() for word in present)
    names = sorted(present, key=lambda word: (int(word), word)) if numbers else sorted(present)
    number = {name: index for index, name in enumerate(names)} | {"": -1}
    return np.array([number[word] for word in words], np.int32), tuple(names)


def divide(
    labels: Int[np.ndarray, " N"], test: int, fraction: float | None, seed: int
) -> tuple[Int[np.ndarray, " T"], Int[np.ndarray, " U"]]:
    """Indices of training and of test rows.

    Args:
        labels: [N] classes.
        test: the last rows that are the test set already; if there are none, a set is drawn.
        fraction: the share to draw, 0.2 if None.
        seed: seed of the draw.
    """
    if test:
        return np.arange(len(labels) - test), np.arange(len(labels) - test, len(labels))
    return stratified_split(labels, _FRACTION if fraction is None else fraction, seed)


def with_channels(
    path: Path, subject: str, array: Shaped[np.ndarray, "..."], form: Literal["image", "features"]
) -> Shaped[np.ndarray, "N *x"]:
    """Inputs of a form; images without channels get one. Nothing is copied.

    Args:
        path: their file, for messages.
        subject: what they are there, for messages.
        array: images, [N, H, W] or [N, H, W, C], or features, [N, F].
        form: which of them they are.

    Raises:
        RcmvaeError: E306 if they are neither.
    """
    axes, words = _AXES[form]
    if array.dtype.kind not in "iuf":
        raise unreadable(path, f"{subject} is of {array.dtype}, neither integers nor floats")
    if array.ndim not in axes or not array.size:
        remedy = f'`form = "{form}"` needs {words}'
        raise unreadable(path, f"{subject} has shape {array.shape}", remedies=[remedy])
    return array[..., None] if form == "image" and array.ndim == min(axes) else array
