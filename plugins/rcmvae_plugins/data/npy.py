"""Loads arrays of .npy or IDX files, which may be larger than the memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Shaped

from rcmvae_core.plugin.protocols import Dataset, Source
from rcmvae_core.runtime.data_limit import check_size
from rcmvae_plugins.data._assembly import train_test_indices, with_channels
from rcmvae_plugins.data._errors import collect, unreadable
from rcmvae_plugins.data._files import mapped, matching
from rcmvae_plugins.data._labels import LabelColumn, number_classes, read, unlabelled
from rcmvae_plugins.data._sources import join
from rcmvae_plugins.data.params import NpyParams

_TYPES = tuple(np.dtype(name) for name in ("uint8", "uint16", "float16", "float32", "float64"))


def npy(params: NpyParams) -> Dataset:
    """Map arrays of inputs into memory, and read labels.

    At the start only the headers of the input files are read; the files must not change during a run. Labels are
    integers, strings, or floats with integer values.

    Args:
        params: the files and their contents.

    Returns:
        The inputs in their stored type, (H, W, C) or (F,) each; test inputs come last.

    Raises:
        RcmvaeError: E305 if a file does not exist, E306 if it cannot be read or has other contents.
    """
    subsets = [(params.inputs, params.labels)]
    if params.test_inputs is not None:
        subsets.append((params.test_inputs, params.test_labels))
    patterns = [pattern for subset in subsets for pattern in subset if pattern is not None]
    files = dict(zip(patterns, collect(partial(_open, pattern) for pattern in patterns), strict=True))
    inputs = _inputs([files[pattern] for pattern, _ in subsets], params)
    columns = [
        column
        for (_, pattern), source in zip(subsets, inputs, strict=True)
        for column in _labels(pattern, files, source.shape[0], params)
    ]
    labels, names = number_classes(columns, params.class_names)
    test_rows = inputs[1].shape[0] if len(inputs) > 1 else 0
    train, test = train_test_indices(labels, test_rows, params.test_fraction, params.test_seed)
    source = join(inputs)
    maximum = float(np.iinfo(source.dtype).max) if source.dtype.kind == "u" else 1.0
    return Dataset(source, labels, train, test, names, params.maximum or maximum)


class _File(NamedTuple):
    path: Path
    array: Shaped[np.ndarray, "..."]


def _open(pattern: str) -> list[_File]:
    """Map every file that matches a pattern."""
    paths = matching("npy", pattern)
    return [*map(_File, paths, collect(partial(mapped, path) for path in paths))]


def _inputs(subsets: Sequence[list[_File]], params: NpyParams) -> list[Source]:
    """Return the files of each subset as one source, after checking that all inputs have the same form."""
    files = [file for subset in subsets for file in subset]
    arrays = collect(partial(_checked, file, params) for file in files)
    collect(partial(_check_form, file, arrays[0], array) for file, array in zip(files, arrays, strict=True))
    count = len(subsets[0])
    return [join(part) for part in (arrays[:count], arrays[count:]) if part]


def _checked(file: _File, params: NpyParams) -> Shaped[np.ndarray, "N *x"]:
    array = with_channels(file.path, "the array", file.array, params.form, params.channels)
    if array.dtype not in _TYPES:
        types = ", ".join(map(str, _TYPES))
        remedy = f"write it as one of {types}, in native byte order: data `npy` does not convert"
        raise unreadable(file.path, f"the array has type {array.dtype.str}", remedies=[remedy])
    return array


def _check_form(file: _File, first: Shaped[np.ndarray, "..."], array: Shaped[np.ndarray, "..."]) -> None:
    """Raise unless a file's inputs have the shape and type of those of the first file.

    Args:
        file: the file.
        first: the inputs of the first file.
        array: the inputs of this file.
    """
    if (array.shape[1:], array.dtype) != (first.shape[1:], first.dtype):
        form, expected = (f"{a.shape[1:]} of {a.dtype}" for a in (array, first))
        raise unreadable(file.path, f"an input is {form}, but {expected} in the first file")


def _label_column(file: _File, params: NpyParams) -> LabelColumn:
    check_size(file.path, f"the array of labels, of shape {file.array.shape},", file.array.nbytes)
    return read(file.path, "the array", np.array(file.array), params.class_names, params.unlabelled)


def _labels(
    pattern: str | None, files: Mapping[str, Sequence[_File]], count: int, params: NpyParams
) -> list[LabelColumn]:
    """Read the label files of a pattern into memory.

    Args:
        pattern: None if there are no labels.
        files: the files of each pattern.
        count: the number of inputs.
        params: the classes that integers number, and unknown labels.

    Raises:
        RcmvaeError: E306 if they do not contain one label per input.
    """
    if pattern is None:
        return [unlabelled(count)]
    columns = collect(partial(_label_column, file, params) for file in files[pattern])
    labels = sum(len(column.codes) for column in columns)
    if labels != count:
        raise unreadable(pattern, f"has {labels} labels, but there are {count} inputs")
    return columns
