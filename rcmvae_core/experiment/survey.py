"""Looks at data before a spec exists: what they contain, and what a recipe needs to know about them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rcmvae_core.data.counts import are_counts
from rcmvae_core.data.fit_columns import fit_columns
from rcmvae_core.data.inputs import read_all, read_rows
from rcmvae_core.data.load import data_notes, encode_table
from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.experiment.recipes import DataFacts
from rcmvae_core.plugin.protocols import Dataset, Table

_IMAGE_AXES = 4
_SAMPLE = 256
_LISTED = 20
_HELD_OUT = 0.1
"""Share of the training inputs that validate, the default of `data.validation_fraction`."""


class Survey(NamedTuple):
    """What was seen.

    Args:
        facts: what a recipe depends on.
        lines: a description, a sentence each.
    """

    facts: DataFacts
    lines: tuple[str, ...]


def survey(dataset: Dataset) -> Survey:
    """Describe a data set.

    Args:
        dataset: as its plugin returned it.

    Returns:
        The facts and their description.
    """
    columns = fit_columns(dataset.inputs, dataset.train) if isinstance(dataset.inputs, Table) else None
    encoded = encode_table(dataset, columns)
    shape = encoded.inputs.shape
    rows = read_rows(encoded._replace(scaled=True), evenly_spaced(shape[0], _SAMPLE))
    is_image = len(shape) == _IMAGE_AXES
    size = "x".join(map(str, shape[1:]))
    what = f"images of {size} (height, width, channels)" if is_image else f"rows of {shape[1]} features"
    low, high = float(rows.min()), float(rows.max())
    lines = [
        f"{shape[0]} {what}, {rows.dtype}, values in [{low:g}, {high:g}]",
        f"{len(dataset.train)} for training and validation, {len(dataset.test)} for testing",
        *_class_lines(dataset),
        *data_notes(encoded, columns),
    ]
    labels = dataset.labels[dataset.train]
    counts = np.bincount(labels[labels >= 0], minlength=len(dataset.class_names))
    # The held-out share of each class is rounded; a batch must not be larger than what is left.
    rounded = len(dataset.class_names) + 1
    training = max(1, int(len(dataset.train) * (1 - _HELD_OUT)) - rounded)
    are_numbers = columns is None or all(column.features == (column.name,) for column in columns.columns)
    counted = are_numbers and are_counts(rows) and bool(read_all(encoded._replace(scaled=True)).min() >= 0)
    facts = DataFacts(tuple(shape[1:]), training, tuple(counts.tolist()), counted)
    return Survey(facts if counts.any() else facts._replace(counts=()), tuple(lines))


def _class_lines(dataset: Dataset) -> list[str]:
    """Return the classes with their number of labels, and how unequal they are."""
    known = dataset.labels[dataset.labels >= 0]
    if not known.size:
        return ["no labels"]
    counts = np.bincount(known, minlength=len(dataset.class_names))
    pairs = [f"{name} ({count})" for name, count in zip(dataset.class_names, counts.tolist(), strict=True)]
    more = f" and {len(pairs) - _LISTED} more" if len(pairs) > _LISTED else ""
    return [f"{len(pairs)} classes: {', '.join(pairs[:_LISTED])}{more}"]
