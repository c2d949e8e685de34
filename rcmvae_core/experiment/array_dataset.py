"""Makes a data set of arrays that a Python program gives."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Shaped

from rcmvae_core.data.frames import as_matrix, as_table
from rcmvae_core.data.inputs import looks_channels_first
from rcmvae_core.data.sampling import stratified_split
from rcmvae_core.errors import fail
from rcmvae_core.plugin.protocols import Dataset

_BYTES = (np.dtype(np.uint8), np.dtype(np.uint16))
_FEATURE_AXES, _GREY_AXES, _IMAGE_AXES = 2, 3, 4


def as_dataset(inputs: Any, labels: Any = None, test_fraction: float = 0.1) -> Dataset:
    """Return a data set of arrays, with a stratified part of them as test data.

    Args:
        inputs: a `Dataset`, which is returned as it is; features [N, F], also sparse, or the matrix of an AnnData; images
            [N, H, W] or [N, H, W, C]; or a data frame or a mapping of columns.
        labels: integers, -1 where unknown, or class names of any type, None where unknown; [N] or [N, 1].
        test_fraction: the fraction of the inputs that become test data.

    Returns:
        The data set; classes are the sorted names. Images of integers become uint8 or uint16.

    Raises:
        RcmvaeError: E307 if inputs are no images or features, or labels are not one per input.
    """
    if isinstance(inputs, Dataset):
        return inputs
    x: Any = as_table(inputs)
    if x is None:
        x = _as_inputs(np.asarray(as_matrix(inputs)))
    classes, codes = _encode(labels, x.shape[0])
    train, test = stratified_split(codes, test_fraction, 0)
    names = tuple(str(name) for name in classes)
    maximum = float(np.iinfo(x.dtype).max) if x.dtype.kind == "u" else 1.0
    return Dataset(x, codes, train, test, names, maximum)


def _as_inputs(x: Shaped[np.ndarray, "..."]) -> Shaped[np.ndarray, "..."]:
    """Return features or images [N, H, W, C] in a type that a data set may have."""
    if x.dtype.kind not in "iubf":
        fail("E307", f"inputs are of type {x.dtype}", help=["give an array of numbers, or a data frame"])
    if x.ndim not in (_FEATURE_AXES, _GREY_AXES, _IMAGE_AXES):
        help_ = ["give features [N, F], or images [N, H, W] or [N, H, W, C]"]
        fail("E307", f"inputs have shape {x.shape}", help=help_)
    if looks_channels_first(x.shape):
        help_ = ["for images [N, C, H, W] give inputs.transpose(0, 2, 3, 1); this takes images [N, H, W, C]"]
        fail("E307", f"inputs have shape {x.shape}: their channels seem to be the second axis", help=help_)
    x = x[..., None] if x.ndim == _GREY_AXES else x
    if x.dtype.kind == "f" or x.dtype in _BYTES:
        return x
    if x.ndim == _FEATURE_AXES:
        return x.astype(np.float64)
    for type_ in (np.uint8, np.uint16):
        if x.size and x.min() >= 0 and x.max() <= np.iinfo(type_).max:
            return x.astype(type_)
    message = (
        f"images are integers in [{x.min()}, {x.max()}], not in [0, 65535]" if x.size else "no input is given"
    )
    fail("E307", message, help=['give floats, with `scale = "minmax"` in `[data]` for any range'])


def _encode(labels: Any, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the classes and the class of each input."""
    if labels is None:
        return np.zeros(0, np.int64), np.full(count, -1, np.int32)
    from rcmvae_core.data.class_encoding import encode  # noqa: PLC0415 - it imports scikit-learn

    values = np.asarray(labels)
    values = values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values  # noqa: PLR2004
    if values.shape != (count,):
        fail(
            "E307", f"labels have shape {values.shape}, and there are {count} inputs", help=["give one each"]
        )
    try:
        return encode(values, -1)
    except ValueError as error:
        fail("E307", f"labels cannot be used: {error}", help=["give classes, and None or -1 where unknown"])
