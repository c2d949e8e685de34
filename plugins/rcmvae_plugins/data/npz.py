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
from rcmvae_plugins.data.assembly import Inputs, divide, encode
from rcmvae_plugins.data.faults import absent, reason, unreadable
from rcmvae_plugins.data.params import NpzParams

_AXES = {"image": ((3, 4), "[N, H, W] or [N, H, W, C]"), "features": ((2,), "[N, F]")}
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
    inputs = [
        _inputs(path, n, arrays[n], params) for n in (params.inputs, params.test_inputs) if n is not None
    ]
    if len({part.shape[1:] for part in inputs}) > 1:
        shapes = " and ".join(str(part.shape[1:]) for part in inputs)
        raise unreadable(path, f"training and test inputs have shapes {shapes}")
    words = _words(path, params.labels, arrays, len(inputs[0]))
    if params.test_inputs is not None:
        words += _words(path, params.test_labels, arrays, len(inputs[-1]))
    labels, names = encode(words)
    test = 0 if params.test_inputs is None else len(inputs[-1])
    train, tests = divide(labels, test, params.test_fraction, params.test_seed)
    together = np.concatenate(inputs)
    whole = all(arrays[n].dtype.kind in "iu" for n in (params.inputs, params.test_inputs) if n is not None)
    maximum = params.maximum if params.maximum is not None else 255.0 if whole else 1.0
    return Dataset(together, labels, train, tests, names, maximum)


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
    axes, words = _AXES[params.form]
    if array.dtype.kind not in "iuf":
        raise unreadable(path, f"array `{name}` is of {array.dtype}, neither integers nor floats")
    if array.ndim not in axes or not array.size:
        remedy = f'`form = "{params.form}"` needs {words}'
        raise unreadable(path, f"array `{name}` has shape {array.shape}", remedies=[remedy])
    if params.form == "image" and array.ndim == min(axes):
        array = array[..., None]
    fits = array.dtype.kind in "iu" and array.min() >= 0 and array.max() <= np.iinfo(np.uint8).max
    with np.errstate(over="ignore"):  # becomes infinite, which the core refuses
        return array.astype(np.uint8 if fits else np.float32)


def _words(path: Path, name: str | None, arrays: dict[str, Any], count: int) -> list[str]:
    """The class of each input as a text, empty where unknown."""
    if name is None:
        return [""] * count
    labels = arrays[name]
    if labels.shape != (count,):
        raise unreadable(path, f"array `{name}` has shape {labels.shape}; there are {count} inputs")
    if labels.dtype.kind == "U":
        return [str(label) for label in labels]
    if labels.dtype.kind == "f":
        labels = np.where(np.isnan(labels), -1, labels)
    if (
        labels.dtype.kind not in "iuf"
        or not (np.isfinite(labels) & (labels >= -1) & (labels == np.floor(labels))).all()
    ):
        message = f"array `{name}`, of {labels.dtype}, has labels that are no classes"
        raise unreadable(path, message, remedies=["give texts, or integers from 0, with -1 for unknown"])
    return ["" if label < 0 else str(int(label)) for label in labels.tolist()]
