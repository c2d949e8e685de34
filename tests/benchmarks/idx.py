"""MNIST's training images for benchmarks, from RCMVAE_DATA."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np


def mnist_images() -> np.ndarray:
    """The 60,000 training images [N, 28, 28, 1] as uint8; without the data an error that says what to set."""
    folder = os.environ.get("RCMVAE_DATA")
    path = Path(folder or ".") / "mnist" / "train-images-idx3-ubyte.gz"
    if not path.is_file():
        raise SystemExit("this benchmark needs MNIST: set RCMVAE_DATA to the folder that holds mnist/")
    return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=16).reshape(-1, 28, 28, 1)
