"""Checks inputs against the model and scales them to its range, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Bool, Float, Int

from rcmvae_core.data.frames import as_table
from rcmvae_core.errors import fail
from rcmvae_core.inference.model_info import ModelInfo
from rcmvae_core.plugin.protocols import Source

BATCH = 256
"""Inputs per batch: one size, so that one compiled program serves any number of inputs."""
_IMAGE_AXES = 3


class InputBatch(NamedTuple):
    """A batch of inputs.

    Args:
        x: inputs in the model's range; the last batch is padded to `BATCH` with copies of its own inputs.
        size: how many of them are not padding.
        raw: the same inputs without padding, in their own type and units.
        outside: how many values of each input are outside the training range.
        is_far: whether one of them lies further outside than the range is wide.
    """

    x: Float[np.ndarray, "B *x"]
    size: int
    raw: np.ndarray
    outside: Int[np.ndarray, " n"]
    is_far: Bool[np.ndarray, " n"]


def to_unit_range(raw: Any, info: ModelInfo) -> Any:
    """Scale inputs [n *x] as in training: by what was fitted on training inputs, or else inputs / maximum.

    If the training data are stored as integers and divided by their maximum, floats are taken to be in [0, 1] already.

    Args:
        raw: an array of NumPy or of JAX.
        info: the model.

    Returns:
        An array of the same library, float32.
    """
    if info.scaling is not None:
        return info.scaling(raw)
    is_scaled = raw.dtype.kind == "f" and np.dtype(info.dtype).kind != "f"
    return raw.astype(np.float32) / np.float32(1 if is_scaled else info.maximum)


def to_units(x: Float[np.ndarray, "N *x"], info: ModelInfo) -> Float[np.ndarray, "N *x"]:
    """Return values in the model's range in the units of the training data.

    Args:
        x: in the model's range.
        info: the model.
    """
    return np.asarray(x, np.float64) * info.maximum if info.scaling is None else info.scaling.inverse(x)


def iter_batches(inputs: Any, info: ModelInfo) -> Iterator[InputBatch]:
    """Yield inputs in batches; read a source batch by batch and never as a whole.

    Args:
        inputs: an array [N *x], anything that NumPy can convert to one, a `Source`, or for a model of a table a `Table`
            or a data frame, whose columns are found by name. Images of one colour channel may lack their last axis.
        info: the model.

    Raises:
        RcmvaeError: E421 if they do not have the shape, type or range that the model was trained on, E306 if a table
            lacks a column or a cell cannot be read.
    """
    inputs = as_features(inputs, info)
    source = inputs if _is_source(inputs) else np.asarray(inputs)
    _check_form(source, info)
    shape = info.context.input_shape
    for start in range(0, source.shape[0], BATCH):
        indices = np.arange(start, min(start + BATCH, source.shape[0]))
        raw = np.asarray(source[indices]).reshape(len(indices), *shape)
        if info.scaling is None:
            scaled = to_unit_range(raw, info)
            _check_range(scaled if not info.context.missing else np.nan_to_num(scaled), start, info)
            outside, is_far = np.zeros(len(raw), np.int64), np.zeros(len(raw), bool)
        else:
            _check_finite(raw, start, missing=info.context.missing)
            scaled = to_unit_range(raw, info)
            outside, is_far = info.scaling.outside(raw)
        yield InputBatch(np.resize(scaled, (BATCH, *shape)), len(indices), raw, outside, is_far)


def as_features(inputs: Any, info: ModelInfo) -> Any:
    """Return a table or data frame as features, and other inputs as they are.

    Raises:
        RcmvaeError: E306 if a column is missing or a cell cannot be read; E421 if the model takes no table.
    """
    table = as_table(inputs)
    if table is None:
        return inputs
    if info.columns is None:
        message = (
            f"the inputs are a table, and the model was trained on inputs of shape {info.context.input_shape}"
        )
        fail("E421", message, help=["give an array"])
    return info.columns.encode(table)


def _check_finite(raw: np.ndarray, start: int, *, missing: bool) -> None:
    finite = (np.isfinite(raw) | np.isnan(raw) if missing else np.isfinite(raw)).reshape(len(raw), -1)
    if not finite.all():
        row = int(np.argmin(finite.all(axis=1)))
        value = raw.reshape(len(raw), -1)[row, int(np.argmin(finite[row]))]
        position = int(np.argmin(finite[row]))
        message = f"input {start + row} has the value {value} at position {position}"
        fail("E421", message, help=["give finite numbers"])


def _is_source(inputs: Any) -> bool:
    # Arrays satisfy the protocol too, but go through `np.asarray` for type checks that do not depend on their library.
    return isinstance(inputs, Source) and not isinstance(inputs, np.ndarray | jax.Array)


def _check_form(source: Any, info: ModelInfo) -> None:
    shape = info.context.input_shape
    if source.dtype.kind not in "buif":
        fail("E421", f"inputs are of type {source.dtype}", help=["give numbers"])
    if not source.shape or source.shape[0] == 0:
        fail("E421", f"inputs are empty, of shape {source.shape}", help=["give at least one input"])
    if source.dtype == np.uint8 and np.dtype(info.dtype) == np.uint16 and info.scaling is None:
        message = "inputs are uint8, and the model's data are uint16: 255 of 65,535 would be almost black"
        fail("E421", message, help=["give uint16, or floats in [0, 1]"])
    lacks_channel_axis = len(shape) == _IMAGE_AXES and shape[-1] == 1 and source.shape[1:] == shape[:-1]
    if source.shape[1:] != shape and not lacks_channel_axis:
        is_single = source.shape in (shape, shape[:-1])
        expected = f"expected [N, {', '.join(map(str, shape))}]"
        message = f"inputs have shape {source.shape}, and the model was trained on inputs of shape {shape}"
        help_ = "give one input as a batch of one: inputs[None]" if is_single else expected
        fail("E421", message, help=[help_])


def _check_range(scaled: Float[np.ndarray, "n *x"], start: int, info: ModelInfo) -> None:
    """Check that a batch is in [0, 1].

    Args:
        scaled: the batch after scaling.
        start: the index of its first input, for the message.
        info: the model.
    """
    if scaled.min() >= 0 and scaled.max() <= 1:  # false if any value is NaN
        return
    flat = scaled.reshape(len(scaled), -1)
    row = int(np.argmin(((flat >= 0) & (flat <= 1)).all(axis=1)))
    low, high = flat[row].min(), flat[row].max()
    message = f"input {start + row} is in [{low:g}, {high:g}] after scaling, not in [0, 1]"
    stored = f"the model's data are {info.dtype}, divided by {info.maximum:g}"
    floats = "" if np.dtype(info.dtype).kind == "f" else "; floats must be in [0, 1]"
    fail("E421", message, help=[stored + floats])
