"""Chooses the columns of a table that are covariates, and measures them in the training rows."""

from __future__ import annotations

from typing import NamedTuple

import attrs
import numpy as np
from jaxtyping import Int

from rcmvae_core.data.columns import Columns
from rcmvae_core.data.inputs import read_rows
from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.data.scaling import Scaling, to_model_range
from rcmvae_core.errors import fail, quoted
from rcmvae_core.plugin.protocols import Dataset, Table
from rcmvae_core.plugin.resolved import ResolvedPart

_ROWS = 65_536
"""Training inputs that are measured, at most, evenly spaced."""


class CovariateMoments(NamedTuple):
    """Mean and standard deviation of each feature of covariates, as they are scaled.

    Args:
        means: in the training inputs.
        spreads: 1 for a constant one.
    """

    means: tuple[float, ...] = ()
    spreads: tuple[float, ...] = ()


def require_table(part: ResolvedPart, dataset: Dataset) -> None:
    """Check that data with covariates are a table with these columns.

    Args:
        part: the data part.
        dataset: its inputs.

    Raises:
        RcmvaeError: E480 if they are no table, or lack a column.
    """
    names = part.keys.covariates
    if not names:
        return
    if not isinstance(dataset.inputs, Table):
        message = f"`covariates` names columns of a table, and {part} has inputs without columns"
        fail("E480", message, place=part.place, help=["use data `table`, or leave `covariates` out"])
    missing = [name for name in names if name not in dataset.inputs.columns]
    if missing:
        message = f"`covariates` names {quoted(missing)}, and the table has no such column"
        help_ = [f"its columns: {quoted(dataset.inputs.columns)}", "a column of labels is no covariate"]
        fail("E480", message, place=part.place, help=help_)


def require_same(part: ResolvedPart, columns: Columns) -> None:
    """Check that a trained model has the covariates of a spec.

    Args:
        part: the data part of the spec.
        columns: of the model.

    Raises:
        RcmvaeError: E480 if it has others.
    """
    names, known = part.keys.covariates, [column.name for column in columns.covariate_columns]
    if sorted(known) != sorted(names):
        shown, expected = (quoted(each) or "empty" for each in (names, known))
        message = f"`covariates` is {shown}, and {expected} in the model that is trained further"
        fail("E480", message, place=part.place, help=["use the same covariates, or train a new model"])


def choose_covariates(part: ResolvedPart, columns: Columns) -> Columns:
    """Put the columns that are covariates behind the others.

    Args:
        part: the data part.
        columns: how the columns of its table are encoded.

    Returns:
        The encoding.

    Raises:
        RcmvaeError: E480 if a covariate is not encoded, or if no other column is left.
    """
    names = part.keys.covariates
    if not names:
        return columns
    unused = [f"`{name}` {columns.ignored[name]}" for name in names if name in columns.ignored]
    if unused:
        message = f"a covariate says nothing: {'; '.join(unused)}"
        fail("E480", message, place=part.place, help=["leave it out of `covariates`, or state its type"])
    by_name = {column.name: column for column in columns.columns}
    others = [column for column in columns.columns if column.name not in names]
    if not others:
        message = "all columns are covariates, so that nothing is left for the model to explain"
        fail("E480", message, place=part.place, help=["leave some out of `covariates`"])
    ordered = (*others, *(by_name[name] for name in names))
    return attrs.evolve(columns, columns=ordered, covariates=len(names))


def fit_moments(
    dataset: Dataset, indices: Int[np.ndarray, " T"], scaling: Scaling | None, columns: Columns | None
) -> CovariateMoments:
    """Measure covariates.

    Args:
        dataset: its inputs are features, in their own units.
        indices: of the training inputs.
        scaling: of the inputs.
        columns: their encoding.

    Returns:
        The moments; none without covariates.
    """
    if columns is None or not columns.covariates:
        return CovariateMoments()
    count = sum(len(column.features) for column in columns.covariate_columns)
    rows = read_rows(dataset, indices[evenly_spaced(len(indices), _ROWS)])
    x = to_model_range(rows, scaling, dataset.maximum)[:, -count:].astype(np.float64)
    spread = x.std(axis=0)
    return CovariateMoments(tuple(x.mean(axis=0).tolist()), tuple(np.where(spread > 0, spread, 1.0).tolist()))
