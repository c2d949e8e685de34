"""Reads the inputs of a data set: an array in memory is checked once, rows on disk whenever they are read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Float, Int, UInt8, UInt16

from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.errors import RcmvaeError, RunError, fail
from rcmvae_core.plugin.protocols import Dataset, Source, Table

_FORMS = {"data.image": (4, "images, [N, H, W, C]"), "data.features": (2, "features, [N, F]")}
"""Number of axes and description of inputs, by the token that a part declares."""
_FEATURE_AXES, _IMAGE_AXES = 2, 4
_BYTES = (np.dtype(np.uint8), np.dtype(np.uint16))
_CHANNELS = (1, 3, 4)
_SAMPLE = 16
"""Rows on disk that are checked when the data set is loaded."""
_CHUNK = 2**26
"""Bytes that are read together where all inputs are read."""
_SCALE = 'set `scale = "minmax"` in `[data]`, or `maximum` to what they are divided by'
_FINITE = "give numbers: rows with NaN or infinite values cannot be trained on"
_MISSING = 'if NaN means that a value is missing, write `missing = "mask"` in `[data]`'
_SOURCE_CONTRACT = (
    "a Source returns rows by index, in the order of the indices: an array [n, *x] of its dtype"
)

Rows = UInt8[np.ndarray, "n *x"] | UInt16[np.ndarray, "n *x"] | Float[np.ndarray, "n *x"]


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
    source: Any = dataset.inputs
    rows = source[indices]
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
    if isinstance(inputs, Table):
        yield from _table_violations(inputs, tokens)
        return
    if not _is_source(inputs) or not (inputs.dtype in _BYTES or inputs.dtype.kind == "f"):
        yield f"inputs are {describe_array(inputs)}", "give an array, or a Source, of uint8, uint16 or floats"
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
        violation = _range_violation(inputs, np.arange(len(inputs)), dataset)
        if violation is not None:
            yield violation
    else:
        yield from _sample_violations(dataset)


def _table_violations(table: Table, tokens: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    lengths = {len(column) for column in table.columns.values()}
    if "data.image" in tokens:
        yield "inputs are a table, and the data set declares images", "give an array [N, H, W, C]"
    if len(lengths) != 1 or 0 in lengths:
        yield (
            f"the columns of the table have {sorted(lengths)} rows",
            "give columns of one length, at least 1",
        )
    wrong = [name for name, column in table.columns.items() if column.dtype.kind not in "fO"]
    if wrong:
        message = f"column `{wrong[0]}` of the table has type {table.columns[wrong[0]].dtype}"
        yield message, "give floats, or strings in an array of objects"


def looks_channels_first(shape: tuple[int, ...]) -> bool:
    """Return whether images [N, ?, ?, ?] may have their channels in the second axis: 1, 3 or 4, and not in the last.

    Args:
        shape: of the images.

    Example:
        >>> looks_channels_first((9, 3, 32, 32)), looks_channels_first((9, 32, 32, 3))
        (True, False)
    """
    return len(shape) == _IMAGE_AXES and shape[1] in _CHANNELS and shape[-1] not in _CHANNELS


def describe_array(value: Any) -> str:
    """Return type and shape of a value, for a message."""
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype}, of shape {value.shape}"
    if isinstance(value, Source):
        return f"a {type(value).__name__} of {value.dtype}, of shape {value.shape}"
    return f"a {type(value).__name__}, not an array"


def describe_input(dataset: Dataset, index: int) -> str:
    """Return the index of an input and its name, such as its file, or its line in a file, for a message."""
    if isinstance(dataset.inputs, Table) and len(dataset.inputs.lines):
        return f"input {index} ({dataset.inputs.line(index)})"
    name = f" (`{dataset.names[index]}`)" if len(dataset.names) else ""
    return f"input {index}{name}"


def _is_source(inputs: Any) -> bool:
    return (
        isinstance(inputs, Source)
        and isinstance(inputs.dtype, np.dtype)
        and isinstance(inputs.shape, tuple)
        and all(isinstance(size, int) for size in inputs.shape)
    )


def _sample_violations(dataset: Dataset) -> Iterator[tuple[str, str]]:
    """Check evenly spaced rows, read from the last to the first, because a source must keep the order of indices."""
    source: Any = dataset.inputs
    count = source.shape[0]
    indices = evenly_spaced(count, _SAMPLE)[::-1]
    try:
        rows, alone = source[indices], source[indices[-1:]]
    except RcmvaeError:
        raise
    except Exception as error:  # noqa: BLE001 - a caller's own code
        yield f"inputs cannot be read by index: {type(error).__name__}: {error}", _SOURCE_CONTRACT
        return
    violation = _row_violation(rows, indices, dataset) or _row_violation(alone, indices[-1:], dataset)
    if violation is not None:
        yield violation
    elif rows[-1:].tobytes() != alone.tobytes():
        yield f"{describe_input(dataset, int(indices[-1]))} differs when it is read alone", _SOURCE_CONTRACT


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
    return _range_violation(rows, indices, dataset)


def _range_violation(
    rows: np.ndarray, indices: Int[np.ndarray, " n"], dataset: Dataset
) -> tuple[str, str] | None:
    """Check the values of rows: in [0, maximum], or finite if they are scaled; NaN only where values may be missing.

    Args:
        rows: the rows, of the right shape and type.
        indices: of the rows.
        dataset: range of its inputs.

    Returns:
        A message that names the first wrong row, and what to do; None if there is none.
    """
    if not rows.size:
        return None
    least, most = (
        (-np.finfo(np.float64).max, np.finfo(np.float64).max) if dataset.scaled else (0, dataset.maximum)
    )
    if rows.min() >= least and rows.max() <= most:  # false if any value is NaN
        return None
    flat = rows.reshape(len(rows), -1)
    is_right = (flat >= least) & (flat <= most)
    wrong = ~(is_right | np.isnan(flat) if dataset.missing else is_right).all(axis=1)
    if not wrong.any():
        return None
    row = int(np.argmax(wrong))
    subject, low, high = describe_input(dataset, int(indices[row])), flat[row].min(), flat[row].max()
    more = f", and so {wrong.sum() - 1} more" if wrong.sum() > 1 else ""
    if not np.isfinite(flat[row]).all():
        is_wrong = np.isinf(flat[row]) if dataset.missing else ~np.isfinite(flat[row])
        position = int(np.argmax(is_wrong))
        remedy = _MISSING if np.isnan(flat[row][position]) and rows.ndim == _FEATURE_AXES else _FINITE
        return f"{subject} has the value {flat[row][position]} at position {position}{more}", remedy
    return f"{subject} lies in [{low:g}, {high:g}], not in [0, {dataset.maximum:g}]{more}", _SCALE
