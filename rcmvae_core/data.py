"""Splits, subsets and the choice of labels: index arrays, drawn with a seed, the same on every machine."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Int

_NOISE, _SUBSET = 1, 2


class Shortage(ValueError):  # noqa: N818 - a state of the data, which the caller words
    """A class has fewer labels to give than were asked for.

    Args:
        label: the class.
        found: its labelled items.
        asked: how many were asked for.
    """

    def __init__(self, label: int, found: int, asked: int) -> None:
        self.label, self.found, self.asked = label, found, asked
        super().__init__(f"class {label} has {found} items to choose from; {asked} were asked for")


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
        Shortage: if a class has fewer candidates than `per_class`.

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
            raise Shortage(int(label), members.size, per_class)
        chosen.append(members[:per_class])
    return np.sort(np.concatenate(chosen))


def spread_labels(
    labels: Int[np.ndarray, " N"], candidates: Int[np.ndarray, " T"], total: int, seed: int
) -> Int[np.ndarray, " chosen"]:
    """Choose `total` items whose label is given, as evenly over the classes as they allow.

    The classes take turns, in an order of the seed, and give their items in the order of `choose_labels`: with
    the same seed a larger total keeps the items of a smaller one, and n labels of each of Y classes are the
    same items as a total of n·Y.

    Args:
        labels: [N] classes of the whole data set.
        candidates: indices that may be chosen, without repetition, in any order.
        total: items of all classes together.
        seed: seed of the draw.

    Returns:
        Sorted indices.

    Raises:
        ValueError: if fewer candidates have a known label.

    Example:
        >>> labels = np.array([0, 0, 0, 1, 1, -1])
        >>> np.bincount(labels[spread_labels(labels, np.arange(6), total=4, seed=0)])
        array([2, 2])
    """
    known = np.sort(candidates[labels[candidates] >= 0])
    if known.size < total:
        raise ValueError(f"{known.size} items have a label; {total} were asked for")
    rng = _generator(seed)
    present = np.unique(labels[labels >= 0])
    members = [rng.permutation(known[labels[known] == label]) for label in present]
    turns = [(rank, turn, item) for turn, index in enumerate(rng.permutation(len(members)))
             for rank, item in enumerate(members[index])]  # fmt: skip
    return np.sort(np.array([item for _, _, item in sorted(turns)[:total]], known.dtype))


def flip_labels(given: Int[np.ndarray, " L"], share: float, classes: int, seed: int) -> Int[np.ndarray, " L"]:
    """Replace a share of labels, rounded half up, by another class, each other class as likely.

    With the same seed a larger share keeps the wrong labels of a smaller one.

    Args:
        given: [L] classes.
        share: the share to replace, in [0, 1).
        classes: classes Y to choose from.
        seed: seed of the draw.

    Returns:
        A copy.

    Raises:
        ValueError: if a label is to be replaced and there is no other class.

    Example:
        >>> int(flip_labels(np.zeros(10, np.int32), share=0.3, classes=2, seed=0).sum())
        3
    """
    count = int(np.floor(share * given.size + 0.5))
    if count and classes <= 1:
        raise ValueError("there is no other class")
    rng = _generator(seed, _NOISE)
    order, shifts = rng.permutation(given.size), rng.integers(1, max(classes, 2), given.size)
    noisy, flipped = given.copy(), order[:count]
    noisy[flipped] = (given[flipped] + shifts[flipped]) % classes
    return noisy


def hold_out(
    labels: Int[np.ndarray, " N"], classes: int, held: tuple[int, ...]
) -> tuple[Int[np.ndarray, " N"], Bool[np.ndarray, " N"]]:
    """Take classes away: the others are numbered anew, from 0 and in their order.

    Args:
        labels: [N] classes.
        classes: classes Y.
        held: the classes to take away.

    Returns:
        The labels among what is left, -1 where unknown or taken away; and which items were taken away.

    Example:
        >>> hold_out(np.array([0, 1, 2, -1]), classes=3, held=(1,))
        (array([ 0, -1,  1, -1]), array([False,  True, False, False]))
    """
    kept = np.setdiff1d(np.arange(classes), held)
    renumbered = np.full(classes + 1, -1, labels.dtype)  # the last stands for -1
    renumbered[kept] = np.arange(kept.size)
    return renumbered[labels], np.isin(labels, held)


def stratified_subset(labels: Int[np.ndarray, " N"], count: int, seed: int) -> Int[np.ndarray, " count"]:
    """Choose items so that every class keeps its share, whatever the count.

    Seats go to classes by the divisors 1/2, 3/2, 5/2, ... (Webster, Sainte-Laguë), so that with the same seed
    a larger subset holds a smaller one. Unknown labels, -1, count as a class.

    Args:
        labels: [N] classes.
        count: items to choose.
        seed: seed of the draw.

    Returns:
        Sorted positions in `labels`.

    Raises:
        ValueError: if there are fewer items.

    Example:
        >>> np.bincount(np.repeat([0, 1], [30, 10])[stratified_subset(np.repeat([0, 1], [30, 10]), 8, seed=0)])
        array([6, 2])
    """
    if count > labels.size:
        raise ValueError(f"there are {labels.size}; {count} were asked for")
    rng = _generator(seed, _SUBSET)
    shuffled = rng.permutation(labels.size)
    turn = np.empty(labels.size)
    for label in np.unique(labels):
        members = shuffled[labels[shuffled] == label]
        turn[members] = (np.arange(members.size) + 0.5) / members.size
    # Ties go by the shuffle, which a stable sort of it keeps.
    return np.sort(shuffled[np.argsort(turn[shuffled], kind="stable")[:count]])


def _share(size: int, fraction: float) -> int:
    return min(max(int(np.floor(fraction * size + 0.5)), 1), size - 1)


def _generator(seed: int, *stream: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=stream)))
