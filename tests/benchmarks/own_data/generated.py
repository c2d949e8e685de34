"""Generates data whose classes are known: always the same data, from a fixed seed."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int, UInt8
from scipy.signal import sawtooth, square
from sklearn import datasets

_SEED = 14
_TYPE_SHARES = (0.3, 0.25, 0.2, 0.15, 0.1)
_SIDE = 32


def moons() -> tuple[Float[np.ndarray, "N 2"], Int[np.ndarray, " N"]]:
    """Return 1,000 points of two half moons."""
    return datasets.make_moons(1000, noise=0.1, random_state=_SEED)


def circles() -> tuple[Float[np.ndarray, "N 2"], Int[np.ndarray, " N"]]:
    """Return 1,000 points of two circles, one in the other."""
    return datasets.make_circles(1000, noise=0.05, factor=0.5, random_state=_SEED)


def fraud() -> tuple[Float[np.ndarray, "N 20"], Int[np.ndarray, " N"]]:
    """Return 50,000 rows of 20 columns, of which 2% are of class 1: three clusters a class, no linear border."""
    return datasets.make_classification(
        50_000,
        n_features=20,
        n_informative=8,
        n_redundant=4,
        n_clusters_per_class=3,
        weights=[0.98],
        flip_y=0,
        random_state=_SEED,
    )


def cells() -> tuple[Float[np.ndarray, "N 2000"], Int[np.ndarray, " N"]]:
    """Return counts of 2,000 genes in 2,000 cells of five types, from 30% to 10% frequent.

    Returns:
        Poisson counts whose rates are log-normal by gene and by the depth of a cell; 5% of the genes differ by type.
    """
    rng = np.random.default_rng(_SEED)
    types = rng.choice(len(_TYPE_SHARES), 2000, p=_TYPE_SHARES)
    base = rng.normal(-1.5, 1.2, 2000)
    effect = rng.normal(0, 1.0, (len(_TYPE_SHARES), 2000)) * (rng.random((len(_TYPE_SHARES), 2000)) < 0.05)
    depth = rng.normal(0, 0.4, (2000, 1))
    noise = rng.normal(0, 0.3, (2000, 2000))
    return rng.poisson(np.exp(base + effect[types] + depth + noise)).astype(np.float64), types


def series() -> tuple[Float[np.ndarray, "N 128"], Int[np.ndarray, " N"]]:
    """Return 1,500 waves of 128 steps: sine, square, saw, triangle, of any phase and of 2 to 6 periods, in noise."""
    rng = np.random.default_rng(_SEED)
    shapes = (np.sin, square, sawtooth, lambda angle: sawtooth(angle, 0.5))
    kinds = rng.integers(len(shapes), size=1500)
    periods, phases = rng.uniform(2, 6, 1500), rng.uniform(0, 2 * np.pi, 1500)
    steps = np.arange(128) / 128
    angles = 2 * np.pi * periods[:, None] * steps + phases[:, None]
    waves = np.stack([shapes[kind](angle) for kind, angle in zip(kinds, angles, strict=True)])
    return waves + rng.normal(0, 0.3, waves.shape), kinds


def pictures() -> tuple[UInt8[np.ndarray, "N 32 32 3"], Int[np.ndarray, " N"]]:
    """Return 1,500 colour pictures of a disc, a square, a triangle or a cross.

    Returns:
        8-bit pictures; place, size, both colours and noise say nothing about the class.
    """
    rng = np.random.default_rng(_SEED)
    kinds = rng.integers(4, size=1500)
    row, column = np.mgrid[:_SIDE, :_SIDE]
    images = []
    for kind in kinds:
        y, x = row - rng.uniform(12, 20), column - rng.uniform(12, 20)
        size = rng.uniform(7, 11)
        box = np.maximum(abs(x), abs(y)) < size
        inside = (
            np.hypot(x, y) < size,
            box,
            box & (abs(x) < (y + size) / 2),
            box & (np.minimum(abs(x), abs(y)) < size / 3),
        )[kind]
        shape, ground = rng.uniform(140, 255, 3), rng.uniform(0, 110, 3)
        image = np.where(inside[:, :, None], shape, ground) + rng.normal(0, 12, (_SIDE, _SIDE, 3))
        images.append(np.clip(image, 0, 255).astype(np.uint8))
    return np.stack(images), kinds
