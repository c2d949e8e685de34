"""Arrays in a NumPy .npz file."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped

from rcmvae_core.protocols import Dataset
from rcmvae_plugins.data.assembly import Inputs, divide, with_channels
from rcmvae_plugins.data.faults import absent, reason, unreadable
from rcmvae_plugins.data.labels import Words, number, read, unknown
from rcmvae_plugins.data.params import NpzParams

_BROKEN = (
    OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError,
    RuntimeError, MemoryError, UnicodeError, SyntaxError,
)  # fmt: skip


def npz(params: NpzParams) -> Dataset:
    """Load arrays of inputs and labels.

    Integers within 0..255 are kept as uint8, everything else as float32. Labels are integers, texts, or whole
    floats; each value that occurs is a class, in order. -1, NaN and the empty text are unknown labels.

    Args:
        params: the file, the names of its arrays, and what they hold.

    Returns:
        The inputs, (H, W, C) or (F,) each; test inputs come last.

    Raises:
        RcmvaeError: E305 if there is no such file, E306 if it cannot be read or holds something else.
    """
    path = Path(params.path).expanduser()
    wanted = [params.inputs, params.labels, params.test_inputs, params.test_labels]
    arrays = _read(path, [name for name in wanted if name is not None])
    names = [name for name in (params.inputs, params.test_inputs) if name is not None]
    inputs = [_inputs(path, name, arrays[name], params) for name in names]
    if len({part.shape[1:] for part in inputs}) > 1:
        shapes = " and ".join(str(part.shape[1:]) for part in inputs)
        raise unreadable(path, f"training and test inputs have shapes {shapes}")
    words = [
        _words(path, name, arrays, len(part))
        for name, part in zip((params.labels, params.test_labels), inputs, strict=False)
    ]
    labels, classes = number(words)
    test = len(inputs[1]) if len(inputs) > 1 else 0
    train, tests = divide(labels, test, params.test_fraction, params.test_seed)
    whole = all(arrays[name].dtype.kind in "iu" for name in names)
    maximum = params.maximum if params.maximum is not None else 255.0 if whole else 1.0
    return Dataset(np.concatenate(inputs), labels, train, tests, classes, maximum)


def _read(path: Path, names: Sequence[str]) -> dict[str, Shaped[np.ndarray, "..."]]:
    """The named arrays; never pickled objects, which could run code."""
    if not path.is_file():
        raise absent(f"data `npz`: there is no file `{path}`", "`path` is relative to the working folder")
    try:
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            if not isinstance(loaded, np.lib.npyio.NpzFile):
                raise unreadable(
                    path, "is a single array, no .npz file", remedies=["write it with numpy.savez"]
                )
            missing = [name for name in names if name not in loaded.files]
            if missing:
                known = "it has " + ", ".join(f"`{name}`" for name in loaded.files)
                raise unreadable(path, *(f"has no array `{name}`" for name in missing), remedies=[known])
            return {name: loaded[name] for name in names}
    except _BROKEN as error:
        raise unreadable(path, f"cannot be read: {reason(error)}") from None


def _inputs(path: Path, name: str, array: Shaped[np.ndarray, "..."], params: NpzParams) -> Inputs:
    array = with_channels(path, f"array `{name}`", array, params.form)
    fits = array.dtype.kind in "iu" and array.min() >= 0 and array.max() <= np.iinfo(np.uint8).max
    with np.errstate(over="ignore"):  # becomes infinite, which the core refuses
        return array.astype(np.uint8 if fits else np.float32)


def _words(path: Path, name: str | None, arrays: dict[str, Any], count: int) -> Words:
    if name is None:
        return unknown(count)
    words = read(path, f"array `{name}`", arrays[name])
    if len(words.codes) != count:
        message = f"array `{name}` has shape {arrays[name].shape}; there are {count} inputs"
        raise unreadable(path, message)
    return words
