"""Splits and label masks: index arrays, drawn with a seed, the same on every machine."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int


def stratified_split(
    labels: Int[np.ndarray, " N"], fraction: float, seed: int
) -> tuple[Int[np.ndarray, " rest"], Int[np.ndarray, " held_out"]]:
    """Hold out the same share of every class.

    A class of n ≥ 2 items gives `fraction`·n of them, rounded half up, but at least one and at most n - 1;
    a class of one item keeps it. Unknown labels, -1, count as a class.

    Args:
        labels: [N] classes.
        fraction: the share to hold out, in (0, 1).
        seed: seed of the draw.

    Returns:
        Sorted indices of what is left, and of what is held out.

    Raises:
        ValueError: if the fraction is outside (0, 1).

    Example:
        >>> rest, held_out = stratified_split(np.array([0, 0, 0, 0, 1, 1]), fraction=0.5, seed=0)
        >>> rest.size, held_out.size
        (3, 3)
    """
    if not 0 < fraction < 1:
        raise ValueError(f"fraction must be inside (0, 1), got {fraction}")
    rng = _generator(seed)
    held_out = np.zeros(labels.shape, bool)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        held_out[members[: _share(members.size, fraction)]] = True
    return np.flatnonzero(~held_out), np.flatnonzero(held_out)


def choose_labels(
    labels: Int[np.ndarray, " N"], candidates: Int[np.ndarray, " T"], per_class: int | None, seed: int
) -> Int[np.ndarray, " chosen"]:
    """Choose the items whose label is given: as many of every class, never one of unknown label (-1).

    With the same seed a larger `per_class` keeps the items of a smaller one, so that experiments with more
    labels extend those with fewer.

    Args:
        labels: [N] classes of the whole data set; each that occurs must be found among the candidates.
        candidates: indices that may be chosen, without repetition, in any order.
        per_class: items of each class; None takes all.
        seed: seed of the draw.

    Returns:
        Sorted indices.

    Raises:
        ValueError: if a class has fewer candidates than `per_class`.

    Example:
        >>> choose_labels(np.array([0, 0, 1, 1, -1]), np.arange(5), per_class=1, seed=0).size
        2
        >>> choose_labels(np.array([0, 0, 1, 1, -1]), np.arange(5), per_class=None, seed=0)
        array([0, 1, 2, 3])
    """
    known = np.sort(candidates[labels[candidates] >= 0])
    if per_class is None:
        return known
    rng = _generator(seed)
    chosen = [np.zeros(0, known.dtype)]
    for label in np.unique(labels[labels >= 0]):
        members = rng.permutation(known[labels[known] == label])
        if members.size < per_class:
            raise ValueError(
                f"class {label} has {members.size} items to choose from; {per_class} were asked for"
            )
        chosen.append(members[:per_class])
    return np.sort(np.concatenate(chosen))


def _share(size: int, fraction: float) -> int:
    return min(max(int(np.floor(fraction * size + 0.5)), 1), size - 1)


def _generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))
