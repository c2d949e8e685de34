"""Assembles data sets: encodes labels, splits off test rows and normalises the shape of inputs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float, Int, Shaped, UInt8, UInt16

from rcmvae_core.data.inputs import looks_channels_first
from rcmvae_core.data.sampling import stratified_split
from rcmvae_plugins.data._errors import unreadable

_DIGITS = 1000
"""Digits from which on a label is a name: Python converts only some thousands."""
_TEST_FRACTION = 0.2
_RANKS = {"image": ((3, 4), "[N, H, W] or [N, H, W, C]"), "features": ((2,), "[N, F]")}

Inputs = UInt8[np.ndarray, "N *x"] | UInt16[np.ndarray, "N *x"] | Float[np.ndarray, "N *x"]


def encode(labels: Sequence[str]) -> tuple[Int[np.ndarray, " N"], tuple[str, ...]]:
    """Encode class names as indices in their order: that of integers if all of them are integers, else of strings.

    Args:
        labels: the class of each item; an empty one is unknown.

    Returns:
        The index of the class of each item, -1 if it is unknown; and the name of each class.

    Example:
        >>> encode(["10", "9", "", "10"])
        (array([ 1,  0, -1,  1], dtype=int32), ('9', '10'))
    """
    present = {label for label in labels if label}
    numeric = all(
        label.isascii() and label.removeprefix("-").isdigit() and len(label) < _DIGITS for label in present
    )
    names = sorted(present, key=lambda label: (int(label), label)) if numeric else sorted(present)
    index = {name: index for index, name in enumerate(names)} | {"": -1}
    return np.array([index[label] for label in labels], np.int32), tuple(names)


def train_test_indices(
    labels: Int[np.ndarray, " N"], test_rows: int, fraction: float | None, seed: int
) -> tuple[Int[np.ndarray, " T"], Int[np.ndarray, " U"]]:
    """Split rows into training and test rows.

    Args:
        labels: class of each row.
        test_rows: the number of last rows that are the test set; if 0, a test set is drawn.
        fraction: the fraction of each class to draw; 0.2 if None.
        seed: seed of the draw.

    Returns:
        The indices of training rows and of test rows.
    """
    if test_rows:
        return np.arange(len(labels) - test_rows), np.arange(len(labels) - test_rows, len(labels))
    return stratified_split(labels, _TEST_FRACTION if fraction is None else fraction, seed)


def with_channels(
    path: Path,
    name: str,
    array: Shaped[np.ndarray, "..."],
    form: Literal["image", "features"],
    channels: Literal["first", "last"] | None = None,
) -> Shaped[np.ndarray, "N *x"]:
    """Check the type and rank of inputs, and give images a channel axis as their last, as a view.

    Args:
        path: the file of the array, for messages.
        name: the array's name in the file, for messages.
        array: images, [N, H, W] or [N, H, W, C], or features, [N, F].
        form: whether they are images or features.
        channels: where the channels of images [N, C, H, W] or [N, H, W, C] are; None takes the last axis, if the
            first does not look like channels too.

    Returns:
        [N, H, W, C] or [N, F].

    Raises:
        RcmvaeError: E306 if the type is not numeric, the rank does not fit the form, or both axes may be channels.
    """
    ranks, expected = _RANKS[form]
    if array.dtype.kind not in "iuf":
        raise unreadable(path, f"{name} must contain integers or floats, got {array.dtype}")
    if array.ndim not in ranks or not array.size:
        remedy = f'`form = "{form}"` needs {expected}'
        raise unreadable(path, f"{name} has shape {array.shape}", remedies=[remedy])
    if form != "image":
        return array
    if array.ndim == min(ranks):
        return array[..., None]
    if channels is None and looks_channels_first(array.shape):
        message = f"{name} has shape {array.shape}: are its channels the second axis or the last?"
        remedies = ['set `channels = "first"` for [N, C, H, W], or `channels = "last"`']
        raise unreadable(path, message, remedies=remedies)
    return np.moveaxis(array, 1, -1) if channels == "first" else array
