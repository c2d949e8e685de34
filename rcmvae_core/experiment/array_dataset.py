"""Makes a data set of arrays that a Python program gives."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Shaped, UInt8

from rcmvae_core.data.sampling import stratified_split
from rcmvae_core.errors import fail
from rcmvae_core.plugin.protocols import Dataset

_MAX_BYTE = 255


def as_dataset(inputs: Any, labels: Any = None, test_fraction: float = 0.1) -> Dataset:
    """Return a data set of arrays, with a stratified part of them as test data.

    Args:
        inputs: a `Dataset`, which is returned as it is, or an array [N *x] of floats in [0, 1] or of integers in
            [0, 255].
        labels: integers, -1 where unknown, or class names of any type, None where unknown.
        test_fraction: the fraction of the inputs that become test data.

    Returns:
        The data set; classes are the sorted names, and a `uint8` array has the maximum 255.

    Raises:
        RcmvaeError: E307 if integers are out of range.
    """
    if isinstance(inputs, Dataset):
        return inputs
    from rcmvae_core.data.class_encoding import Targets, encode  # noqa: PLC0415

    x = np.asarray(inputs)
    if x.dtype.kind in "iub":
        x = _as_bytes(x)
    unknown = Targets(np.zeros(0, np.int64), np.full(len(x), -1, np.int32))
    classes, codes = unknown if labels is None else encode(labels, -1)
    train, test = stratified_split(codes, test_fraction, 0)
    names = tuple(str(name) for name in classes)
    return Dataset(x, codes, train, test, names, float(_MAX_BYTE) if x.dtype == np.uint8 else 1.0)


def _as_bytes(x: Shaped[np.ndarray, "..."]) -> UInt8[np.ndarray, "..."]:
    if x.size and not (x.min() >= 0 and x.max() <= _MAX_BYTE):
        message = f"inputs are integers in [{x.min()}, {x.max()}], not in [0, {_MAX_BYTE}]"
        fail("E307", message, help=["scale them to floats in [0, 1]"])
    return x.astype(np.uint8)
