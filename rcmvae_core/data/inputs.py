"""Reads the inputs of a data set: an array in memory is checked once, rows on disk whenever they are read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Float, Int, UInt8

from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.errors import RcmvaeError, RunError, fail
from rcmvae_core.plugin.protocols import Dataset, Source

_FORMS = {"data.image": (4, "images, [N, H, W, C]"), "data.features": (2, "features, [N, F]")}
"""Number of axes and description of inputs, by the token that a part declares."""
_SAMPLE = 16
"""Rows on disk that are checked when the data set is loaded."""
_CHUNK = 2**26
"""Bytes that are read together where all inputs are read."""
_SCALE = "scale them, and set `maximum` to what they are divided by"
_SOURCE_CONTRACT = (
    "a Source returns rows by index, in the order of the indices: an array [n, *x] of its dtype"
)

Rows = UInt8[np.ndarray, "n *x"] | Float[np.ndarray, "n *x"]


def in_memory(dataset: Dataset) -> bool:
    """Return whether the inputs are an array in memory, and not on disk."""
    return isinstance(dataset.inputs, np.ndarray) and not isinstance(dataset.inputs, np.memmap)


def read_rows(dataset: Dataset, indices: Int[np.ndarray, " n"]) -> Rows:
    """Read inputs by index, in the order of the indices; rows from disk are checked.

    Several threads may call this at once.

    Args:
        dataset: a data set that `load_dataset` has checked.
        indices: of the inputs.

    Returns:
        The inputs, in their stored type.

    Raises:
        RunError: E307 if a row breaks the contract; whatever a source raises, which is E306 if a file is corrupt.
    """
    rows = dataset.inputs[indices]
    violation = None if in_memory(dataset) else _row_violation(rows, indices, dataset)
    if violation is not None:
        message, remedy = violation
        fail("E307", message, help=[remedy], error=RunError)
    return rows


def read_all(dataset: Dataset) -> Rows:
    """Return all inputs: the data set's own array if it is in memory, else rows that are read and checked in chunks.

    Raises:
        RunError: as `read_rows`.
    """
    inputs = dataset.inputs
    if isinstance(inputs, np.ndarray) and in_memory(dataset):
        return inputs
    rows = np.empty(inputs.shape, inputs.dtype)
    size = max(1, _CHUNK * len(rows) // rows.nbytes)
    for start in range(0, len(rows), size):
        chunk = rows[start : start + size]
        chunk[...] = read_rows(dataset, np.arange(start, start + len(chunk)))
    return rows


def input_violations(dataset: Dataset, tokens: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Find the ways in which inputs break their contract: of an array in memory all inputs, else a few rows.

    Args:
        dataset: its inputs and `maximum` may be anything.
        tokens: what its part declares, such as `data.image`.

    Yields:
        A message, and what to do.
    """
    inputs, maximum = dataset.inputs, dataset.maximum
    if not _is_source(inputs) or not (inputs.dtype == np.uint8 or inputs.dtype.kind == "f"):
        yield f"inputs are {describe_array(inputs)}", "give an array, or a Source, of uint8 or of floats"
        return
    if not inputs.shape or 0 in inputs.shape:
        yield f"inputs are empty, of shape {inputs.shape}", "give at least one input"
        return
    forms = [form for token, form in _FORMS.items() if token in tokens]
    if forms and len(inputs.shape) not in [axes for axes, _ in forms]:
        expected = " or ".join(description for _, description in forms)
        yield f"inputs have shape {inputs.shape}", f"expected {expected}"
    if not (isinstance(maximum, int | float) and math.isfinite(maximum) and maximum > 0):
        yield f"`maximum` is {maximum!r}", "it is what inputs are divided by: a finite number above 0"
    elif isinstance(inputs, np.ndarray) and in_memory(dataset):
        low, high = float(inputs.min()), float(inputs.max())
        # Not `low < 0 or high > maximum`, which is false where an input is NaN.
        if not (low >= 0 and high <= maximum):
            yield f"inputs lie in [{low:g}, {high:g}], not in [0, {maximum:g}]", _SCALE
    else:
        yield from _sample_violations(dataset)


def describe_array(value: Any) -> str:
    """Return type and shape of a value, for a message."""
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype}, of shape {value.shape}"
    if isinstance(value, Source):
        return f"a {type(value).__name__} of {value.dtype}, of shape {value.shape}"
    return f"a {type(value).__name__}, not an array"


def _is_source(inputs: Any) -> bool:
    return (
        isinstance(inputs, Source)
        and isinstance(inputs.dtype, np.dtype)
        and isinstance(inputs.shape, tuple)
        and all(isinstance(size, int) for size in inputs.shape)
    )


def _sample_violations(dataset: Dataset) -> Iterator[tuple[str, str]]:
    """Check evenly spaced rows, read from the last to the first, because a source must keep the order of indices."""
    count = dataset.inputs.shape[0]
    indices = evenly_spaced(count, _SAMPLE)[::-1]
    try:
        rows, alone = dataset.inputs[indices], dataset.inputs[indices[-1:]]
    except RcmvaeError:
        raise
    except Exception as error:  # noqa: BLE001 - a caller's own code
        yield f"inputs cannot be read by index: {type(error).__name__}: {error}", _SOURCE_CONTRACT
        return
    violation = _row_violation(rows, indices, dataset) or _row_violation(alone, indices[-1:], dataset)
    if violation is not None:
        yield violation
    elif rows[-1:].tobytes() != alone.tobytes():
        yield f"input {indices[-1]} differs when it is read alone", _SOURCE_CONTRACT


def _row_violation(rows: Any, indices: Int[np.ndarray, " n"], dataset: Dataset) -> tuple[str, str] | None:
    """Check rows that a source returned.

    Args:
        rows: may be anything.
        indices: of the rows.
        dataset: shape, type and range of its inputs.

    Returns:
        A message and what to do; None if the rows keep the contract.
    """
    shape, dtype = (len(indices), *dataset.inputs.shape[1:]), dataset.inputs.dtype
    if not isinstance(rows, np.ndarray) or rows.shape != shape or rows.dtype != dtype:
        message = f"rows of inputs are {describe_array(rows)}, not an array of {dtype}, of shape {shape}"
        return message, _SOURCE_CONTRACT
    if not rows.size or (rows.min() >= 0 and rows.max() <= dataset.maximum):  # false if any is NaN
        return None
    flat = rows.reshape(len(indices), -1)
    row = int(np.argmin(((flat >= 0) & (flat <= dataset.maximum)).all(axis=1)))
    low, high = flat[row].min(), flat[row].max()
    return f"input {indices[row]} lies in [{low:g}, {high:g}], not in [0, {dataset.maximum:g}]", _SCALE
