"""Loads the data set of a run, splits it, and encodes tables by what was fitted on training rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rcmvae_core.data.columns import Columns
from rcmvae_core.data.covariates import CovariateMoments, choose_covariates, require_same, require_table
from rcmvae_core.data.dataset import load_dataset, masks_missing
from rcmvae_core.data.fit_columns import fit_columns, type_notes
from rcmvae_core.data.row_ids import RowIds
from rcmvae_core.data.scaling import Scaling
from rcmvae_core.data.split import Split, split_dataset
from rcmvae_core.plugin.protocols import Dataset, Table
from rcmvae_core.plugin.resolved import ResolvedPart


class Fitted(NamedTuple):
    """What a trained model was fitted to, which other data and later training must keep.

    Args:
        columns: how the columns of a table are encoded.
        scaling: of the inputs.
        covariates: mean and spread of each covariate.
    """

    columns: Columns | None
    scaling: Scaling | None
    covariates: CovariateMoments = CovariateMoments()


class LoadedData(NamedTuple):
    """The data of a run.

    Args:
        dataset: its inputs are an array or a source of numbers, in their own units.
        split: the indices that train, validate and test, and the labels that training may see.
        columns: how the columns of a table are encoded; None if the inputs are not a table.
    """

    dataset: Dataset
    split: Split
    columns: Columns | None


def load_split(
    part: ResolvedPart,
    dataset: Dataset | None = None,
    fitted: Fitted | None = None,
) -> LoadedData:
    """Load the data set of a data part and split it.

    Args:
        part: the data part.
        dataset: the caller's data set, if the part takes it from its caller.
        fitted: what a trained model was fitted to; None fits the encoding of a table on the training rows.

    Returns:
        The data.

    Raises:
        RcmvaeError: as `load_dataset` and `split_dataset`; E306 if a cell of a table cannot be read; E480 if a covariate
            cannot be used.
    """
    loaded, split = split_dataset(part, load_dataset(part, dataset))
    require_table(part, loaded)
    if not isinstance(loaded.inputs, Table):
        return LoadedData(loaded, split, None)
    columns = None if fitted is None else fitted.columns
    if columns is None:
        fresh = fit_columns(loaded.inputs, split.train, masked=masks_missing(part))
        columns = choose_covariates(part, fresh)
    else:
        require_same(part, columns)
    return LoadedData(encode_table(loaded, columns), split, columns)


def encode_table(dataset: Dataset, columns: Columns | None) -> Dataset:
    """Return a data set with the rows of its table as features, in the units of the table.

    Args:
        dataset: its inputs are a table, or already numbers.
        columns: how they are encoded; None fits an encoding on all rows.

    Returns:
        The data set, whose inputs are identified by the cells of their rows.

    Raises:
        RcmvaeError: E306 if a column is missing or a cell cannot be read.
    """
    if not isinstance(dataset.inputs, Table):
        return dataset
    rows = np.arange(dataset.inputs.shape[0])
    columns = columns or fit_columns(dataset.inputs, rows, masked=dataset.missing)
    ids = RowIds(dataset.inputs, [*(column.name for column in columns.columns), *columns.ignored])
    return dataset._replace(inputs=columns.encode(dataset.inputs), ids=ids)


def data_notes(dataset: Dataset, columns: Columns | None) -> tuple[str, ...]:
    """Return notes about data to show before training, with unknown labels and columns that are not used.

    Args:
        dataset: the data.
        columns: the encoding of its table, if it has one.

    Returns:
        A sentence each.
    """
    unknown = int((dataset.labels < 0).sum())
    notes = list(dataset.notes)
    if 0 < unknown < len(dataset.labels):
        notes.append(f"{unknown} of {len(dataset.labels)} inputs have no label")
    if columns is not None:
        notes += [f"column `{name}` is not used: it {reason}" for name, reason in columns.ignored.items()]
        notes += type_notes(columns)
        notes += [f"column `{column.name}` is a covariate" for column in columns.covariate_columns]
        notes.append(f"{len(columns.columns)} columns are {len(columns.features)} features")
    return tuple(notes)
