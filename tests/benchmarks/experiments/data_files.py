"""Writes the data that specs cannot name: binary digits, and a part of MNIST with fewer test images."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8
from rcmvae_plugins.data.mnist import mnist
from rcmvae_plugins.data.params import PublishedParams

_SEED = 2016
"""Of the binary digits, so that all runs see the same."""
Images = UInt8[np.ndarray, "N 28 28 1"]


class Files(NamedTuple):
    """The files that specs are trained with.

    Args:
        binary: binary digits.
        grey: a part of MNIST; None for all of it, which specs name themselves.
    """

    binary: Path
    grey: Path | None


def write_files(folder: Path, images: int | None, test_images: int | None) -> Files:
    """Write the files, unless they are there; their names say how many images they have.

    Args:
        folder: of the files.
        images: the first training images to use, before validation images are taken from them; None for all.
        test_images: the first test images to use; None for all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    size = f"{images or 'all'}-{test_images or 'all'}"
    files = Files(folder / f"binary-{size}.npz", folder / f"mnist-{size}.npz")
    if not files.binary.is_file() or not (files.grey and files.grey.is_file()):
        data = mnist(PublishedParams(None))
        train, test = data.train[:images], data.test[:test_images]
        inputs = np.asarray(data.inputs[np.arange(len(data.labels))])
        grey = {
            "x": inputs[train],
            "y": data.labels[train],
            "test": inputs[test],
            "test_y": data.labels[test],
        }
        _write(files.grey or folder, grey)
        drawn = binarise(inputs)
        _write(files.binary, {"x": drawn[train], "test": drawn[test]})
    return files if images or test_images else files._replace(grey=None)


def binarise(grey: Images) -> Images:
    """Draw each pixel once, with its grey value as the probability of white.

    Args:
        grey: from 0 to 255.

    Returns:
        0 or 255.

    Source: R. Salakhutdinov, I. Murray, "On the Quantitative Analysis of Deep Belief Networks", ICML 2008.
    """
    uniform = np.random.default_rng(_SEED).random(grey.shape, np.float32)
    return (uniform < grey / np.float32(255)).astype(np.uint8) * np.uint8(255)


def _write(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    partial = path.with_suffix(f".{os.getpid()}.npz")
    with partial.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    partial.replace(path)
