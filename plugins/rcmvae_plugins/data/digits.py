"""Loads the handwritten digits that scikit-learn includes, so that a first run needs no network."""

from __future__ import annotations

import gzip
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from rcmvae_core.data.sampling import stratified_split
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_plugins.data.params import DigitsParams


def digits(params: DigitsParams) -> Dataset:
    """Load the digits, with grey values from 0 to 16, and hold out a stratified test set.

    Args:
        params: fraction and seed of the test set.

    Returns:
        1,797 images of shape (8, 8, 1), uint8, all labelled.

    Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI, 1998 (its test part).

    Example:
        >>> digits(DigitsParams()).inputs.shape
        (1797, 8, 8, 1)
    """
    with gzip.open(_csv_path(), "rt", encoding="ascii") as file:
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


def _csv_path() -> Path:
    # Located without an import: importing scikit-learn and SciPy takes longer than a first training.
    package = find_spec("sklearn")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("data `digits` needs scikit-learn, which is not installed")
    return Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
