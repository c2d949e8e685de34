"""Names the data sets of the table: four that scikit-learn ships, the others generated from a fixed seed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Int, Shaped
from sklearn import datasets

from tests.benchmarks.own_data import generated

TEST_FRACTION = 0.25


class DataSet(NamedTuple):
    """A data set and how many of its labels are given.

    Args:
        load: returns inputs and classes.
        origin: who made the data.
        per_class: labels of each class that are given; None for `total` random ones.
        total: labels that are given, whatever their classes.
        metric: what is measured on the held-out quarter.
    """

    load: Callable[[], tuple[np.ndarray, np.ndarray]]
    origin: str
    per_class: int | None = None
    total: int = 0
    metric: str = "accuracy"

    @property
    def budget(self) -> str:
        """The labels, in words."""
        return f"{self.total} random" if self.per_class is None else f"{self.per_class} per class"


class Draw(NamedTuple):
    """Rows of a data set, the same for every method.

    Args:
        train: inputs that are trained on.
        given: their classes, -1 where the label is withheld.
        test: inputs that are held out.
        truth: their classes.
    """

    train: Shaped[np.ndarray, "N *x"]
    given: Int[np.ndarray, " N"]
    test: Shaped[np.ndarray, "M *x"]
    truth: Int[np.ndarray, " M"]


def _shipped(name: str, images: bool = False) -> tuple[np.ndarray, np.ndarray]:
    bunch: Any = getattr(datasets, f"load_{name}")()
    return bunch.images if images else bunch.data, bunch.target


DATA_SETS = {
    "iris": DataSet(partial(_shipped, "iris"), "scikit-learn", per_class=5),
    "wine": DataSet(partial(_shipped, "wine"), "scikit-learn", per_class=5),
    "breast_cancer": DataSet(partial(_shipped, "breast_cancer"), "scikit-learn", per_class=5),
    "digits": DataSet(partial(_shipped, "digits", images=True), "scikit-learn", per_class=10),
    "moons": DataSet(generated.moons, "generated", per_class=5),
    "circles": DataSet(generated.circles, "generated", per_class=5),
    "fraud": DataSet(generated.fraud, "generated", total=500, metric="average precision"),
    "cells": DataSet(generated.cells, "generated", per_class=5),
    "series": DataSet(generated.series, "generated", per_class=10),
    "pictures": DataSet(generated.pictures, "generated", per_class=10),
}


def draw_labels(data_set: DataSet, draw: int) -> Draw:
    """Hold out a quarter of each class, and choose the labels that are given.

    Args:
        data_set: the data set.
        draw: the seed of both choices.

    Returns:
        The rows; with `per_class`, as many labels of each class, else random ones.
    """
    inputs, classes = data_set.load()
    rng = np.random.default_rng([draw, len(inputs)])
    order = rng.permutation(len(inputs))
    members = [order[classes[order] == code] for code in np.unique(classes)]
    held_out = [rows[: round(TEST_FRACTION * len(rows))] for rows in members]
    training = [rows[len(out) :] for rows, out in zip(members, held_out, strict=True)]
    test, train = np.concatenate(held_out), rng.permutation(np.concatenate(training))
    if data_set.per_class is None:
        labelled = train[: data_set.total]
    else:
        labelled = np.concatenate([rows[: data_set.per_class] for rows in training])
    given = np.where(np.isin(train, labelled), classes[train], -1)
    return Draw(inputs[train], given, inputs[test], classes[test])
