"""Arrays in .npy or IDX files, which may be larger than the memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Shaped

from rcmvae_core.protocols import Dataset, Source
from rcmvae_plugins.data.assembly import divide, with_channels
from rcmvae_plugins.data.disk_params import NpyParams
from rcmvae_plugins.data.faults import together, unreadable
from rcmvae_plugins.data.files import mapped, matching
from rcmvae_plugins.data.labels import Words, number, read, unknown
from rcmvae_plugins.data.sources import join

_TYPES = tuple(np.dtype(name) for name in ("uint8", "float16", "float32", "float64"))


def npy(params: NpyParams) -> Dataset:
    """Map arrays of inputs into memory, and read labels.

    Of the inputs nothing is read here but the headers of their files, which must not change while a run uses
    them. Labels are integers, texts, or whole floats; -1, NaN and the empty text are unknown.

    Args:
        params: the files, and what they hold.

    Returns:
        The inputs in their stored type, (H, W, C) or (F,) each; test inputs come last.

    Raises:
        RcmvaeError: E305 if there is no such file, E306 if one cannot be read or holds something else.
    """
    halves = [(params.inputs, params.labels)]
    if params.test_inputs is not None:
        halves.append((params.test_inputs, params.test_labels))
    patterns = [pattern for half in halves for pattern in half if pattern is not None]
    opened = dict(zip(patterns, together(partial(_open, pattern) for pattern in patterns), strict=True))
    inputs = _inputs([opened[pattern] for pattern, _ in halves], params)
    words = [
        part
        for (_, pattern), source in zip(halves, inputs, strict=True)
        for part in _words(pattern, opened, source.shape[0], params.class_names)
    ]
    labels, names = number(words, params.class_names)
    test = inputs[1].shape[0] if len(inputs) > 1 else 0
    train, tests = divide(labels, test, params.test_fraction, params.test_seed)
    source = join(inputs)
    maximum = 255.0 if source.dtype == np.uint8 else 1.0
    return Dataset(source, labels, train, tests, names, params.maximum or maximum)


class _File(NamedTuple):
    path: Path
    array: Shaped[np.ndarray, "..."]


def _open(pattern: str) -> list[_File]:
    """Every file of a pattern."""
    paths = matching("npy", pattern)
    return [*map(_File, paths, together(partial(mapped, path) for path in paths))]


def _inputs(halves: Sequence[list[_File]], params: NpyParams) -> list[Source]:
    """The files of each half as one."""
    files = [file for half in halves for file in half]
    fitting = together(partial(_fitting, file, params) for file in files)
    together(partial(_like, file, fitting[0], array) for file, array in zip(files, fitting, strict=True))
    count = len(halves[0])
    return [join(part) for part in (fitting[:count], fitting[count:]) if part]


def _fitting(file: _File, params: NpyParams) -> Shaped[np.ndarray, "N *x"]:
    array = with_channels(file.path, "the array", file.array, params.form)
    if array.dtype not in _TYPES:
        types = ", ".join(map(str, _TYPES))
        remedy = f"write it as one of {types}, in the byte order of this machine: data `npy` converts nothing"
        raise unreadable(file.path, f"the array is of {array.dtype.str}", remedies=[remedy])
    return array


def _like(file: _File, first: Shaped[np.ndarray, "..."], array: Shaped[np.ndarray, "..."]) -> None:
    if (array.shape[1:], array.dtype) != (first.shape[1:], first.dtype):
        found, wanted = (f"{a.shape[1:]} of {a.dtype}" for a in (array, first))
        raise unreadable(file.path, f"an input is {found}, but in the first file {wanted}")


def _words(
    pattern: str | None, opened: Mapping[str, Sequence[_File]], count: int, names: tuple[str, ...]
) -> list[Words]:
    """What each label file says; they are read into memory."""
    if pattern is None:
        return [unknown(count)]
    words = together(
        partial(read, path, "the array", np.array(array), names) for path, array in opened[pattern]
    )
    found = sum(len(part.codes) for part in words)
    if found != count:
        raise unreadable(pattern, f"has {found} labels; there are {count} inputs")
    return words
