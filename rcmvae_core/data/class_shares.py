"""Counts the given labels of each class, and estimates how frequent classes are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.errors import fail, quoted
from rcmvae_core.plugin.resolved import ResolvedPart

_PSEUDO_LABELS = 1.0
"""Labels in total, spread evenly over classes, that are added to the given ones."""
_ROUNDING = 0.0021
"""How far the sum of shares may be from one: two units of the third decimal place."""


class ClassShares(NamedTuple):
    """What the labels and the user say about the classes.

    Args:
        counts: the given labels of each class; with sample weights their weights, which sum to the number of labels.
        prior: how frequent each class is.
    """

    counts: tuple[float, ...]
    prior: tuple[float, ...]


def class_shares(
    part: ResolvedPart,
    given: Int[np.ndarray, " L"],
    class_names: tuple[str, ...],
    weights: Float[np.ndarray, " L"] | None = None,
) -> ClassShares:
    """Return the labels of each class, and how frequent each class is.

    Args:
        part: the data part, with its keys.
        given: the given labels.
        class_names: a name for each class.
        weights: how often the inputs of these labels are drawn; None for equally often.

    Returns:
        Counts and prior, in the order of the classes.

    Raises:
        RcmvaeError: E302 if `data.class_prior` has not one value for each class.
    """
    counts, stated = label_counts(given, len(class_names), weights), part.keys.class_prior
    try:
        stated = _in_order(stated, class_names) if isinstance(stated, dict) else stated
        return ClassShares(counts, class_prior(counts, stated))
    except ValueError as error:
        order = f"the classes are, in this order, {quoted(class_names)}"
        fail("E302", f"`data.class_prior` has {error}", place=part.place, help=[order])


def _in_order(shares: Mapping[str, float], class_names: tuple[str, ...]) -> tuple[float, ...]:
    """Return shares that are given by name, in the order of the classes.

    Args:
        shares: by the name of the class.
        class_names: a name for each class.

    Raises:
        ValueError: if a name is of no class, a class has no share, or the shares do not sum to one.
    """
    unknown = [name for name in shares if name not in class_names]
    missing = [name for name in class_names if name not in shares]
    problems = [f"shares of unknown classes, {quoted(unknown)}"] if unknown else []
    problems += [f"no shares of {quoted(missing)}"] if missing else []
    total = sum(shares.values())
    if not problems and abs(total - 1) > _ROUNDING:
        problems = [f"shares that sum to {total:.6g}, not to 1"]
    if problems:
        raise ValueError(" and ".join(problems))
    return tuple(shares[name] for name in class_names)


def label_counts(
    given: Int[np.ndarray, " L"], classes: int, weights: Float[np.ndarray, " L"] | None = None
) -> tuple[float, ...]:
    """Return the number of given labels of each class; labels of -1 are not counted.

    Args:
        given: the labels.
        classes: the number of classes.
        weights: of the labels; None for equal ones.

    Returns:
        Integers; with weights that differ floats, the weights of each class as shares of the number of labels.

    Example:
        >>> label_counts(np.array([0, 0, 1]), 2), label_counts(np.array([0, 0, 1]), 2, np.array([1.0, 1.0, 4.0]))
        ((2, 1), (1.0, 2.0))
    """
    known = given >= 0
    labels = given[known]
    if weights is None or not len(labels) or (weights == weights[0]).all():
        return tuple(np.bincount(labels, minlength=classes).tolist())
    sums = np.bincount(labels, weights[known], classes)
    return tuple((sums * (len(labels) / sums.sum())).tolist())


def class_prior(counts: tuple[float, ...], stated: tuple[float, ...] | None) -> tuple[float, ...]:
    """Return how frequent each class is: what the user says, or else the shares of the given labels.

    The shares of few labels are mostly chance, so they are drawn towards equal ones, t = 1/Y, by as much as the labels
    are compatible with these: to λ t + (1 - λ) n_y / N, where λ = (1 - Σ (n_y/N)²) / ((N - 1) Σ (t - n_y/N)²), at most 1.
    Sixty labels of ten equally frequent classes thus give equal shares; of 490 and 10 labels λ is 0.0002. Then one label
    in total, spread evenly over the classes, is added: a class without labels gets 1/((N + 1) Y), not 0, which would
    forbid it.

    Args:
        counts: the given labels of each class.
        stated: weights that the user gives the classes, in the same order; None if the labels decide.

    Returns:
        Positive shares that sum to one; no entries without classes.

    Raises:
        ValueError: if there is not one weight for each class.

    Source: J. Hausser, K. Strimmer, "Entropy Inference and the James-Stein Estimator", JMLR 2009, equations 8 and 9.

    Example:
        >>> [round(share, 3) for share in class_prior((490, 10), None)]
        [0.979, 0.021]
        >>> class_prior((6, 4), None)
        (0.5, 0.5)
        >>> class_prior((9, 1), (98.0, 2.0))
        (0.98, 0.02)
    """
    if stated is None:
        weights = sum(counts) * _shrunk_shares(counts) + _PSEUDO_LABELS / max(1, len(counts))
    elif len(stated) != len(counts):
        raise ValueError(f"{len(stated)} values for {len(counts)} classes")
    else:
        weights = np.asarray(stated, np.float64)
    return tuple((weights / weights.sum()).tolist())


def _shrunk_shares(counts: tuple[float, ...]) -> Float[np.ndarray, " Y"]:
    """Return the shares of counts, drawn towards equal ones; equal without counts."""
    number, equal = sum(counts), np.full(len(counts), 1 / max(1, len(counts)))
    if not number:
        return equal
    shares = np.asarray(counts, np.float64) / number
    spread = (number - 1) * np.sum((equal - shares) ** 2)
    amount = min(1.0, (1 - np.sum(shares**2)) / spread) if spread > 0 else 1.0
    return amount * equal + (1 - amount) * shares
