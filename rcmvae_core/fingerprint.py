"""What the numbers of a run depend on, short enough to stand in every checkpoint."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from rcmvae_core.protocols import Dataset
from rcmvae_core.training.split import Split

_ROWS = 256


def of_text(text: str) -> str:
    """A hash of a text.

    Example:
        >>> of_text("name = 'a'") == of_text("name = 'b'")
        False
    """
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def of_inputs(dataset: Dataset) -> str:
    """A hash of the inputs' type, shape and some of them, evenly spaced: of the data, whatever is known of them."""
    digest = hashlib.blake2b(digest_size=16)
    inputs = dataset.inputs
    little: Any = inputs.dtype.newbyteorder("<")
    digest.update(repr((inputs.shape, little.str)).encode())
    digest.update(np.ascontiguousarray(inputs[_spaced(inputs.shape[0])], little).tobytes())
    return digest.hexdigest()


def of_data(dataset: Dataset, split: Split) -> str:
    """A hash of the labels, of who trains and judges, and of some inputs, evenly spaced: data may be large."""
    digest = hashlib.blake2b(digest_size=16)
    inputs = dataset.inputs
    digest.update(repr((inputs.shape, str(inputs.dtype), dataset.maximum, dataset.class_names)).encode())
    arrays: tuple[Any, ...] = (dataset.labels, *split[:-1], inputs[_spaced(inputs.shape[0])])
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def of_labels(split: Split) -> str:
    """A hash of the labels that are given, and to whom."""
    digest = hashlib.blake2b(digest_size=16)
    for array in (split.labelled, split.given):
        digest.update(np.ascontiguousarray(array, np.int64).tobytes())
    return digest.hexdigest()


def _spaced(count: int) -> np.ndarray:
    return np.unique(np.linspace(0, count - 1, _ROWS).astype(np.int64))
