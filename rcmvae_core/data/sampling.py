"""Draws splits, subsets and labels with a seed, as index arrays that are the same on every machine."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Int

_NOISE, _SUBSET, _CALIBRATION = 1, 2, 3


class NotEnoughLabelsError(ValueError):
    """A class has fewer labelled items than requested.

    Args:
        label: the class.
        available: its labelled items.
        requested: the number of items to choose.
    """

    def __init__(self, label: int, available: int, requested: int) -> None:
        self.label, self.available, self.requested = label, available, requested
        super().__init__(f"class {label} has {available} items to choose from; {requested} were requested")


def stratified_split(
    labels: Int[np.ndarray, " N"], fraction: float, seed: int
) -> tuple[Int[np.ndarray, " rest"], Int[np.ndarray, " held_out"]]:
    """Hold out the same fraction of every class.

    A class of n ≥ 2 items gives `fraction`·n of them, rounded half up, but at least one and at most n - 1;
    a class of one item keeps it. Unknown labels, -1, count as a class.

    Args:
        labels: classes.
        fraction: of the items to hold out, in (0, 1).
        seed: seed of the draw.

    Returns:
        Sorted indices of the remaining items, and of those that are held out.

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
        held_out[members[: _held_out_size(members.size, fraction)]] = True
    return np.flatnonzero(~held_out), np.flatnonzero(held_out)


def choose_labels(
    labels: Int[np.ndarray, " N"], candidates: Int[np.ndarray, " T"], per_class: int | None, seed: int
) -> Int[np.ndarray, " chosen"]:
    """Choose the items whose label is given: the same number of every class, never one without a known label (-1).

    With the same seed a larger `per_class` keeps the items of a smaller one, so that experiments with more
    labels extend those with fewer.

    Args:
        labels: classes of the whole data set; each that occurs must occur among the candidates.
        candidates: indices that may be chosen, without repetition, in any order.
        per_class: items of each class; None takes all.
        seed: seed of the draw.

    Returns:
        Sorted indices.

    Raises:
        NotEnoughLabelsError: if a class has fewer candidates than `per_class`.

    Example:
        >>> choose_labels(np.array([0, 0, 1, 1, -1]), np.arange(5), per_class=1, seed=0).size
        2
        >>> choose_labels(np.array([0, 0, 1, 1, -1]), np.arange(5), per_class=None, seed=0)
        array([0, 1, 2, 3])
    """
    labelled = np.sort(candidates[labels[candidates] >= 0])
    if per_class is None:
        return labelled
    rng = _generator(seed)
    chosen = [np.zeros(0, labelled.dtype)]
    for label in np.unique(labels[labels >= 0]):
        members = rng.permutation(labelled[labels[labelled] == label])
        if members.size < per_class:
            raise NotEnoughLabelsError(int(label), members.size, per_class)
        chosen.append(members[:per_class])
    return np.sort(np.concatenate(chosen))


def spread_labels(
    labels: Int[np.ndarray, " N"], candidates: Int[np.ndarray, " T"], total: int, seed: int
) -> Int[np.ndarray, " chosen"]:
    """Choose `total` items whose label is given, as evenly over the classes as they allow.

    The classes take turns, in an order that depends on the seed, and items of a class come in the order of
    `choose_labels`: with the same seed a larger total keeps the items of a smaller one, and n labels of each of Y
    classes are the same items as a total of n·Y.

    Args:
        labels: classes of the whole data set.
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
    labelled = np.sort(candidates[labels[candidates] >= 0])
    if labelled.size < total:
        raise ValueError(f"{labelled.size} items have a label; {total} were requested")
    rng = _generator(seed)
    present = np.unique(labels[labels >= 0])
    members = [rng.permutation(labelled[labels[labelled] == label]) for label in present]
    turns = [(rank, turn, item) for turn, index in enumerate(rng.permutation(len(members)))
             for rank, item in enumerate(members[index])]  # fmt: skip
    return np.sort(np.array([item for _, _, item in sorted(turns)[:total]], labelled.dtype))


def keep_for_calibration(
    items: Int[np.ndarray, " L"], labels: Int[np.ndarray, " L"], fraction: float, seed: int
) -> Bool[np.ndarray, " L"]:
    """Choose labelled items that calibrate instead of training: the same fraction of every class.

    A class of n ≥ 2 items gives as many as in `stratified_split`; a class of one item keeps it. The items of a class are
    taken in an order of all items that depends on the seed alone, so that few change sides when others get a label.

    Args:
        items: indices into the data set.
        labels: the class of each.
        fraction: of the items to choose, in [0, 1); 0 chooses none.
        seed: seed of the draw.

    Returns:
        Whether each item is chosen.

    Example:
        >>> keep_for_calibration(np.arange(7), np.array([0, 0, 0, 0, 1, 1, 2]), fraction=0.5, seed=0).sum()
        np.int64(3)
    """
    is_chosen = np.zeros(len(items), bool)
    if not fraction or not len(items):
        return is_chosen
    ranks = _generator(seed, _CALIBRATION).random(int(items.max()) + 1)[items]
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        members = members[np.argsort(ranks[members], kind="stable")]
        is_chosen[members[: _held_out_size(members.size, fraction)]] = True
    return is_chosen


def flip_labels(
    labels: Int[np.ndarray, " L"], fraction: float, classes: int, seed: int
) -> Int[np.ndarray, " L"]:
    """Replace a fraction of labels by another class, each other class with the same probability.

    The number of labels is rounded half up. With the same seed a larger fraction keeps the wrong labels of a smaller
    one.

    Args:
        labels: classes.
        fraction: of the labels to replace, in [0, 1).
        classes: number of classes Y.
        seed: seed of the draw.

    Returns:
        The labels, as a copy.

    Raises:
        ValueError: if a label is to be replaced and no other class exists.

    Example:
        >>> int(flip_labels(np.zeros(10, np.int32), fraction=0.3, classes=2, seed=0).sum())
        3
    """
    count = int(np.floor(fraction * labels.size + 0.5))
    if count and classes <= 1:
        raise ValueError("no other class exists")
    rng = _generator(seed, _NOISE)
    order, shifts = rng.permutation(labels.size), rng.integers(1, max(classes, 2), labels.size)
    noisy, flipped = labels.copy(), order[:count]
    noisy[flipped] = (labels[flipped] + shifts[flipped]) % classes
    return noisy


def hold_out(
    labels: Int[np.ndarray, " N"], classes: int, held_out: tuple[int, ...]
) -> tuple[Int[np.ndarray, " N"], Bool[np.ndarray, " N"]]:
    """Remove classes, and renumber the others from 0 in their order.

    Args:
        labels: classes, -1 where unknown.
        classes: number of classes Y.
        held_out: the classes to remove.

    Returns:
        The labels among the remaining classes, -1 where unknown or removed; and which items were removed.

    Example:
        >>> hold_out(np.array([0, 1, 2, -1]), classes=3, held_out=(1,))
        (array([ 0, -1,  1, -1]), array([False,  True, False, False]))
    """
    kept = np.setdiff1d(np.arange(classes), held_out)
    renumbered = np.full(classes + 1, -1, labels.dtype)  # -1 indexes the last entry
    renumbered[kept] = np.arange(kept.size)
    return renumbered[labels], np.isin(labels, held_out)


def stratified_subset(labels: Int[np.ndarray, " N"], count: int, seed: int) -> Int[np.ndarray, " count"]:
    """Choose items so that every class keeps its share of them.

    Seats go to classes by the divisors 1/2, 3/2, 5/2, ... (Webster, Sainte-Laguë), so that with the same seed
    a larger subset contains a smaller one. Unknown labels, -1, count as a class.

    Args:
        labels: classes.
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
        raise ValueError(f"{labels.size} items exist; {count} were requested")
    rng = _generator(seed, _SUBSET)
    shuffled = rng.permutation(labels.size)
    turn = np.empty(labels.size)
    for label in np.unique(labels):
        members = shuffled[labels[shuffled] == label]
        turn[members] = (np.arange(members.size) + 0.5) / members.size
    # A stable sort of the shuffled items decides ties by the shuffle, and so by the seed.
    return np.sort(shuffled[np.argsort(turn[shuffled], kind="stable")[:count]])


def evenly_spaced(count: int, most: int) -> Int[np.ndarray, " n"]:
    """Return at most `most` indices of `range(count)`, evenly spaced, in ascending order.

    Args:
        count: the number of items.
        most: the most indices to return; all of them if there are no more items.

    Example:
        >>> evenly_spaced(10, 4).tolist()
        [0, 3, 6, 9]
    """
    return np.unique(np.linspace(0, count - 1, min(most, count)).astype(np.int64))


def _held_out_size(size: int, fraction: float) -> int:
    return min(max(int(np.floor(fraction * size + 0.5)), 1), size - 1)


def _generator(seed: int, *stream: int) -> np.random.Generator:
    # A named bit generator, because that of `default_rng` may change; the stream keeps draws of one seed independent.
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=stream)))
