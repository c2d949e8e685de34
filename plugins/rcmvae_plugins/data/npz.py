"""Loads arrays of a NumPy .npz file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from jaxtyping import Float, Shaped
from numpy.lib import format as npy

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.runtime.array_files import npz_names, read_npz
from rcmvae_core.runtime.user_files import expanded, open_file
from rcmvae_plugins.data._assembly import Inputs, train_test_indices, with_channels
from rcmvae_plugins.data._errors import listed, missing_file, reason, unreadable
from rcmvae_plugins.data._labels import LabelColumn, number_classes, read, unlabelled
from rcmvae_plugins.data.params import NpzParams


def npz(params: NpzParams) -> Dataset:
    """Load arrays of inputs and labels.

    Images of integers from 0 to 255 become uint8, from 0 to 65,535 uint16, other numbers float32; so do features, except
    bytes. Labels are integers, strings, or floats with integer values; each value that occurs is a class, in order.

    Args:
        params: the file, the names of its arrays, and their contents.

    Returns:
        The inputs, (H, W, C) or (F,) each; test inputs come last.

    Raises:
        RcmvaeError: E305 if the file does not exist, E306 if it cannot be read or has other contents, E470 if its
            arrays would take too much memory.
    """
    path = expanded(params.path)
    names = [params.inputs, params.labels, params.test_inputs, params.test_labels, params.sample_weights]
    arrays = _read_arrays(path, [name for name in names if name is not None])
    input_names = [name for name in (params.inputs, params.test_inputs) if name is not None]
    inputs = [_inputs(path, name, arrays[name], params) for name in input_names]
    if len({part.shape[1:] for part in inputs}) > 1:
        shapes = " and ".join(str(part.shape[1:]) for part in inputs)
        raise unreadable(path, f"training and test inputs must have the same shape, got {shapes}")
    columns = [
        _labels(path, name, arrays, len(part), params.unlabelled)
        for name, part in zip((params.labels, params.test_labels), inputs, strict=False)
    ]
    labels, class_names = number_classes(columns)
    test_rows = len(inputs[1]) if len(inputs) > 1 else 0
    train, test = train_test_indices(labels, test_rows, params.test_fraction, params.test_seed)
    joined = np.concatenate(inputs)
    natural = float(np.iinfo(joined.dtype).max) if joined.dtype.kind == "u" else 1.0
    maximum = natural if params.maximum is None else params.maximum
    weights = None if params.sample_weights is None else _weights(path, params.sample_weights, arrays, inputs)
    return Dataset(joined, labels, train, test, class_names, maximum, sample_weights=weights)


def _read_arrays(path: Path, names: Sequence[str]) -> dict[str, Shaped[np.ndarray, "..."]]:
    """Read the named arrays; pickled objects are refused, as loading them can execute code."""
    try:
        with open_file(path) as file:
            _check_names(path, file, names)
            return read_npz(path, file, names)
    except FileNotFoundError:
        raise missing_file("npz", path) from None
    except RcmvaeError:
        raise
    except Exception as error:  # noqa: BLE001 - NumPy and zipfile raise nearly any exception for a corrupt file
        raise unreadable(path, f"cannot be read: {reason(error)}") from None


def _check_names(path: Path, file: BinaryIO, names: Sequence[str]) -> None:
    """Check that a file is a .npz file with some arrays.

    Args:
        path: of the file, for messages.
        file: opened for binary reading, at its start.
        names: of the arrays.

    Raises:
        RcmvaeError: E306 if it is not.
    """
    if file.read(len(npy.MAGIC_PREFIX)) == npy.MAGIC_PREFIX:
        message = "is a single array, not a .npz file"
        raise unreadable(path, message, remedies=["write it with numpy.savez"])
    present = npz_names(file)
    missing = [f"has no array `{name}`" for name in names if name not in present]
    if missing:
        raise unreadable(path, *missing, remedies=[f"its arrays: {listed(present)}"])


def _inputs(path: Path, name: str, array: Shaped[np.ndarray, "..."], params: NpzParams) -> Inputs:
    """Convert an array of inputs: images of integers to the smallest of uint8 and uint16, others to float32.

    Args:
        path: the file, for messages.
        name: of the array.
        array: the inputs.
        params: their form.

    Returns:
        [N, H, W, C] or [N, F].
    """
    array = with_channels(path, f"array `{name}`", array, params.form, params.channels)
    is_integer = array.dtype.kind in "iu" and params.form == "image"
    with np.errstate(over="ignore"):  # an overflow becomes infinite, which the core reports
        for type_ in (np.uint8, np.uint16) if is_integer or array.dtype == np.uint8 else ():
            if array.min() >= 0 and array.max() <= np.iinfo(type_).max:
                return array.astype(type_)
        return array.astype(np.float32)


def _weights(
    path: Path, name: str, arrays: dict[str, Any], inputs: Sequence[Inputs]
) -> Float[np.ndarray, " N"]:
    """Read the array of weights; test inputs need none, as they are not drawn.

    Args:
        path: the file, for messages.
        name: of the array.
        arrays: the arrays of the file.
        inputs: training inputs, and test inputs if there are any.

    Raises:
        RcmvaeError: E306 if it does not contain one number per training input.
    """
    weights, count = arrays[name], len(inputs[0])
    if weights.shape != (count,) or weights.dtype.kind not in "iuf":
        message = f"array `{name}` is {weights.dtype} of shape {weights.shape}, but there are {count} inputs"
        raise unreadable(path, message)
    return np.concatenate([weights.astype(np.float64), *(np.ones(len(part)) for part in inputs[1:])])


def _labels(
    path: Path, name: str | None, arrays: dict[str, Any], count: int, unlabelled_: tuple[str, ...] | None
) -> LabelColumn:
    """Read an array of labels.

    Args:
        path: the file, for messages.
        name: of the array; None if there are no labels.
        arrays: the arrays of the file.
        count: the number of inputs.
        unlabelled_: the labels that mean that there is none; None takes the usual ones.

    Raises:
        RcmvaeError: E306 if it does not contain one label per input.
    """
    if name is None:
        return unlabelled(count)
    column = read(path, f"array `{name}`", arrays[name], unlabelled=unlabelled_)
    if len(column.codes) != count:
        message = f"array `{name}` has shape {arrays[name].shape}, but there are {count} inputs"
        raise unreadable(path, message)
    return column
