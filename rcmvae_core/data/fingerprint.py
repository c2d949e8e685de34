"""Hashes the spec, the data and the labels of a run, and identifies inputs by their content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from jaxtyping import Int

from rcmvae_core.data.inputs import read_rows
from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.plugin.protocols import Dataset, Table

_ROWS = 256
"""Inputs that a fingerprint reads, evenly spaced: data may be large."""
_ID_DIGITS = 16
"""64 bits: the probability that two of a million items share an id is one in forty million."""
_CHUNK = 2**24
"""Bytes of inputs that are read together."""


def fingerprint_text(text: str) -> str:
    """Hash a string.

    Example:
        >>> fingerprint_text("name = 'a'") == fingerprint_text("name = 'b'")
        False
    """
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def fingerprint_inputs(dataset: Dataset) -> str:
    """Hash type, shape and evenly spaced rows of the inputs, which do not change with labels, classes and splits."""
    digest = hashlib.blake2b(digest_size=16)
    inputs = dataset.inputs
    if isinstance(inputs, Table):
        digest.update(repr((inputs.shape[0], sorted(inputs.columns))).encode())
        digest.update(
            repr([dataset.ids[row] for row in evenly_spaced(inputs.shape[0], _ROWS).tolist()]).encode()
        )
        return digest.hexdigest()
    little_endian: Any = inputs.dtype.newbyteorder("<")
    digest.update(repr((inputs.shape, little_endian.str)).encode())
    digest.update(np.ascontiguousarray(_sample(dataset), little_endian).tobytes())
    return digest.hexdigest()


def fingerprint_data(dataset: Dataset, indices: Iterable[np.ndarray]) -> str:
    """Hash everything about a data set that the numbers of a run depend on, with evenly spaced rows of its inputs.

    Args:
        dataset: the inputs, labels and class names.
        indices: which of them train, validate and test.
    """
    digest = hashlib.blake2b(digest_size=16)
    inputs = dataset.inputs
    digest.update(repr((inputs.shape, str(inputs.dtype), dataset.maximum, dataset.class_names)).encode())
    arrays: tuple[Any, ...] = (dataset.labels, *indices, _sample(dataset))
    if dataset.sample_weights is not None:  # without weights the hash is what it was before there were any
        arrays = (*arrays, dataset.sample_weights)
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def fingerprint_rows(dataset: Dataset, indices: Int[np.ndarray, " n"]) -> str:
    """Hash some inputs and their labels, with evenly spaced rows of them, so that runs can say whether they share them.

    Args:
        dataset: the inputs, labels and class names.
        indices: of the inputs, in their order.
    """
    digest = hashlib.blake2b(digest_size=16)
    names = np.array(
        ("", *dataset.class_names), np.str_
    )  # the number of a class depends on which others there are
    digest.update(repr((len(indices), names[dataset.labels[indices] + 1].tolist())).encode())
    rows = read_rows(dataset, indices[evenly_spaced(len(indices), _ROWS)])
    digest.update(np.ascontiguousarray(rows, rows.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()


def fingerprint_labels(labelled: Int[np.ndarray, " L"], given: Int[np.ndarray, " L"]) -> str:
    """Hash the indices of the labelled inputs, and the labels that they are given."""
    digest = hashlib.blake2b(digest_size=16)
    for array in (labelled, given):
        digest.update(np.ascontiguousarray(array, np.int64).tobytes())
    return digest.hexdigest()


def item_ids(dataset: Dataset) -> list[str]:
    """Return the id of each input: that of its source, or else SHA-256 of its type, shape and values.

    It is the same on every machine.

    Equal inputs share an id, and so a label. Inputs on disk are read in chunks.

    Args:
        dataset: only its inputs matter.
    """
    return list(dataset.ids if len(dataset.ids) else _ids(dataset))


def _sample(dataset: Dataset) -> np.ndarray:
    source: Any = dataset.inputs
    return source[evenly_spaced(source.shape[0], _ROWS)]


def _ids(dataset: Dataset) -> Iterator[str]:
    count, *shape = dataset.inputs.shape
    little_endian: Any = dataset.inputs.dtype.newbyteorder("<")
    start = hashlib.sha256(repr((little_endian.str, tuple(shape))).encode())
    chunk = max(1, _CHUNK // max(1, little_endian.itemsize * int(np.prod(shape))))
    for first in range(0, count, chunk):
        indices = np.arange(first, min(count, first + chunk))
        for row in np.ascontiguousarray(read_rows(dataset, indices), little_endian):
            digest = start.copy()
            digest.update(row)
            yield digest.hexdigest()[:_ID_DIGITS]
