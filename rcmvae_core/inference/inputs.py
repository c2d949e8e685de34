"""Inputs as a person has them, as the model takes them: in [0, 1], a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Float

from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.inference.sizes import Sizes
from rcmvae_core.protocols import Source

BATCH = 256
"""Inputs of a batch: one size, so that one program serves any number of inputs."""
_IMAGE = 3


class Some(NamedTuple):
    """A batch in [0, 1], filled up to `BATCH` by its own first inputs; how many of them count, and how they were given."""

    x: Float[np.ndarray, "B *x"]
    size: int
    rows: np.ndarray


def unit(rows: Any, sizes: Sizes) -> Any:
    """Inputs [n *x] in [0, 1]: inputs / maximum; an array of NumPy or of JAX, as it was given.

    `maximum` is the run's. Only of a model whose data are stored as integers, floats are in [0, 1] already.

    Args:
        rows: an array of inputs.
        sizes: of the model.
    """
    in_unit = rows.dtype.kind == "f" and np.dtype(sizes.dtype).kind != "f"
    return rows.astype(np.float32) / np.float32(1 if in_unit else sizes.maximum)


def batches(inputs: Any, sizes: Sizes) -> Iterator[Some]:
    """Inputs in batches; a source is read batch by batch, and never held as a whole.

    Args:
        inputs: an array [N *x], anything that NumPy makes one of, or a `Source`. Images of one channel may be
            without their last axis.
        sizes: of the model.

    Raises:
        RcmvaeError: E421 if they are not of the shape, the type or the range that the model was trained on.
    """
    given = inputs if _is_source(inputs) else np.asarray(inputs)
    _check_form(given, sizes)
    shape = sizes.context.input_shape
    for start in range(0, given.shape[0], BATCH):
        index = np.arange(start, min(start + BATCH, given.shape[0]))
        rows = np.asarray(given[index]).reshape(len(index), *shape)
        scaled = unit(rows, sizes)
        _check_range(scaled, start, sizes)
        yield Some(np.resize(scaled, (BATCH, *shape)), len(index), rows)


def _is_source(inputs: Any) -> bool:
    return isinstance(inputs, Source) and not isinstance(inputs, np.ndarray | jax.Array)


def _check_form(given: Any, sizes: Sizes) -> None:
    shape = sizes.context.input_shape
    if given.dtype.kind not in "buif":
        raise _refuse(f"inputs are of type {given.dtype}", "give numbers")
    if not given.shape or given.shape[0] == 0:
        raise _refuse(f"inputs are empty, of shape {given.shape}", "give at least one input")
    flat = len(shape) == _IMAGE and shape[-1] == 1 and given.shape[1:] == shape[:-1]
    if given.shape[1:] != shape and not flat:
        one = given.shape in (shape, shape[:-1])
        wanted = f"expected [N, {', '.join(map(str, shape))}]"
        message = f"inputs have shape {given.shape}, and the model was trained on inputs of shape {shape}"
        raise _refuse(message, "give one input as a batch of one: inputs[None]" if one else wanted)


def _check_range(rows: Float[np.ndarray, "n *x"], start: int, sizes: Sizes) -> None:
    if rows.min() >= 0 and rows.max() <= 1:  # false if any is NaN
        return
    flat = rows.reshape(len(rows), -1)
    row = int(np.argmin(((flat >= 0) & (flat <= 1)).all(axis=1)))
    low, high = flat[row].min(), flat[row].max()
    message = f"input {start + row} lies in [{low:g}, {high:g}] after scaling, not in [0, 1]"
    stored = f"the model's data are {sizes.dtype}, divided by {sizes.maximum:g}"
    floats = "" if np.dtype(sizes.dtype).kind == "f" else "; floats must be in [0, 1]"
    raise _refuse(message, stored + floats)


def _refuse(message: str, remedy: str) -> RcmvaeError:
    return RcmvaeError([Diagnostic("E421", message, help=[remedy])])
