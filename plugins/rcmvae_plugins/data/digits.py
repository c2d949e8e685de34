"""Handwritten digits of 8x8 pixels, in the scikit-learn wheel, so that a first run needs no network."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from rcmvae_core.data import stratified_split
from rcmvae_core.protocols import Dataset
from rcmvae_plugins.data.params import DigitsParams


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
    bunch: Any = load_digits()
    labels = np.asarray(bunch.target, np.int32)
    train, test = stratified_split(labels, params.test_fraction, params.test_seed)
    return Dataset(
        inputs=bunch.images[..., None].astype(np.uint8),
        labels=labels,
        train=train,
        test=test,
        class_names=tuple(str(name) for name in bunch.target_names),
        maximum=16.0,
    )
