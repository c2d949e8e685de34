"""Handwritten digits of 8x8 pixels, in the scikit-learn wheel, so that a first run needs no network."""

from __future__ import annotations

import gzip
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from rcmvae_core.data import stratified_split
from rcmvae_core.protocols import Dataset
from rcmvae_plugins.data.named_params import DigitsParams


def digits(params: DigitsParams) -> Dataset:
    """Load the digits, grey values 0..16, and hold a stratified test set out.

    Args:
        params: share and seed of the test set.

    Returns:
        1797 images of shape (8, 8, 1), uint8, with a label each.

    Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI, 1998 (its test part).

    Example:
        >>> digits(DigitsParams()).inputs.shape
        (1797, 8, 8, 1)
    """
    with gzip.open(_file(), "rt", encoding="ascii") as file:
        table = np.loadtxt(file, np.uint8, delimiter=",")
    labels = table[:, -1].astype(np.int32)
    train, test = stratified_split(labels, params.test_fraction, params.test_seed)
    return Dataset(
        inputs=np.ascontiguousarray(table[:, :-1]).reshape(-1, 8, 8, 1),
        labels=labels,
        train=train,
        test=test,
        class_names=tuple(map(str, range(10))),
        maximum=16.0,
    )


def _file() -> Path:
    # Found without being imported: scikit-learn and SciPy together take longer than a first training does.
    package = find_spec("sklearn")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("data `digits` is part of scikit-learn, which is not installed")
    return Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
