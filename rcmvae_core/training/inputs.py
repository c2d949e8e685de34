"""Inputs of a data set, wherever they are: in memory they are checked once, on disk whenever they are used."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Float, Int, UInt8

from rcmvae_core.errors import Diagnostic, RcmvaeError, RunError
from rcmvae_core.protocols import Dataset, Source

_FORMS = {"data.image": (4, "images, [N, H, W, C]"), "data.features": (2, "features, [N, F]")}
_SAMPLE = 16
_CHUNK = 2**26
"""Bytes that are read at once where everything is."""
_SCALE = "scale them, and say in `maximum` what they are divided by"
_GIVE = "a Source gives rows by index, in the order that is asked for: an array [n, *x] of its dtype"

Rows = UInt8[np.ndarray, "n *x"] | Float[np.ndarray, "n *x"]


def in_memory(dataset: Dataset) -> bool:
    """Whether inputs are an array that is in memory, all of it."""
    return isinstance(dataset.inputs, np.ndarray) and not isinstance(dataset.inputs, np.memmap)


def rows(dataset: Dataset, indices: Int[np.ndarray, " n"]) -> Rows:
    """Inputs by index, in that order; what stays on disk is read, and checked.

    Several threads may ask at once.

    Args:
        dataset: one without `faults`.
        indices: rows that it has.

    Raises:
        RunError: E307 if a row breaks the contract; whatever a source raises, which is E306 if a file is broken.
    """
    found = dataset.inputs[indices]
    fault = None if in_memory(dataset) else _rows_fault(found, indices, dataset)
    if fault is not None:
        raise RunError([Diagnostic("E307", fault[0], help=[fault[1]])])
    return found


def everything(dataset: Dataset) -> Rows:
    """All inputs as one array: the data set's own if it is in memory, else read and checked bit by bit.

    Raises:
        RunError: as `rows`.
    """
    inputs = dataset.inputs
    if isinstance(inputs, np.ndarray) and in_memory(dataset):
        return inputs
    whole = np.empty(inputs.shape, inputs.dtype)
    some = max(1, _CHUNK * len(whole) // whole.nbytes)
    for start in range(0, len(whole), some):
        part = whole[start : start + some]
        part[...] = rows(dataset, np.arange(start, start + len(part)))
    return whole


def input_faults(dataset: Dataset, tokens: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """How inputs break their contract, and what to do: all of an array in memory, else only a few rows.

    Args:
        dataset: its inputs and `maximum` may be anything.
        tokens: what its part says of it, such as `data.image`.
    """
    inputs, maximum = dataset.inputs, dataset.maximum
    if not _is_source(inputs) or not (inputs.dtype == np.uint8 or inputs.dtype.kind == "f"):
        yield f"inputs are {describe(inputs)}", "give an array, or a Source, of uint8 or of floats"
        return
    if not inputs.shape or 0 in inputs.shape:
        yield f"inputs are empty, of shape {inputs.shape}", "give at least one input"
        return
    wanted = [form for token, form in _FORMS.items() if token in tokens]
    if wanted and len(inputs.shape) not in [axes for axes, _ in wanted]:
        yield f"inputs have shape {inputs.shape}", "expected " + " or ".join(words for _, words in wanted)
    if not (isinstance(maximum, int | float) and math.isfinite(maximum) and maximum > 0):
        yield f"`maximum` is {maximum!r}", "it is what inputs are divided by: a finite number above 0"
    elif isinstance(inputs, np.ndarray) and in_memory(dataset):
        low, high = float(inputs.min()), float(inputs.max())  # either is NaN if any input is
        if not (low >= 0 and high <= maximum):
            yield f"inputs lie in [{low:g}, {high:g}], not in [0, {maximum:g}]", _SCALE
    else:
        yield from _sample_faults(dataset)


def describe(value: Any) -> str:
    """What a value is, for a message."""
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


def _sample_faults(dataset: Dataset) -> Iterator[tuple[str, str]]:
    """Of evenly spaced rows, asked for from the last to the first."""
    count = dataset.inputs.shape[0]
    indices = np.unique(np.linspace(0, count - 1, min(count, _SAMPLE)).astype(np.int64))[::-1]
    try:
        found, again = dataset.inputs[indices], dataset.inputs[indices[-1:]]
    except RcmvaeError:
        raise
    except Exception as error:  # noqa: BLE001 - a caller's own code
        yield f"inputs give no rows by index: {type(error).__name__}: {error}", _GIVE
        return
    fault = _rows_fault(found, indices, dataset) or _rows_fault(again, indices[-1:], dataset)
    if fault is not None:
        yield fault
    elif found[-1:].tobytes() != again.tobytes():
        yield f"input {indices[-1]} is another one when it is asked for alone", _GIVE


def _rows_fault(found: Any, indices: Int[np.ndarray, " n"], dataset: Dataset) -> tuple[str, str] | None:
    shape, dtype = (len(indices), *dataset.inputs.shape[1:]), dataset.inputs.dtype
    if not isinstance(found, np.ndarray) or found.shape != shape or found.dtype != dtype:
        return f"rows of inputs are {describe(found)}, not an array of {dtype}, of shape {shape}", _GIVE
    if not found.size or (found.min() >= 0 and found.max() <= dataset.maximum):  # false if any is NaN
        return None
    flat = found.reshape(len(indices), -1)
    row = int(np.argmin(((flat >= 0) & (flat <= dataset.maximum)).all(axis=1)))
    low, high = flat[row].min(), flat[row].max()
    return f"input {indices[row]} lies in [{low:g}, {high:g}], not in [0, {dataset.maximum:g}]", _SCALE
