"""Writes predictions batch by batch as a table: CSV, Parquet, or arrays in a `.npz` file."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from contextlib import closing
from itertools import compress
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from rcmvae_core.errors import fail
from rcmvae_core.inference import optional_packages
from rcmvae_core.inference.predictions import Predictions
from rcmvae_core.runtime.csv_cells import writer_of

_SEPARATOR = "|"
"""Between the names of the classes of a set."""


class PredictionBatch(NamedTuple):
    """Some inputs and their predictions.

    Args:
        indices: the position of each input in its data.
        item_ids: the item id of each input.
        true_names: the name of each input's true class, empty where it is unknown; None if none is known.
        predictions: the predictions.
        names: a name for each input, such as its file; None if inputs have no names.
    """

    indices: np.ndarray
    item_ids: list[str]
    true_names: list[str] | None
    predictions: Predictions
    names: list[str] | None = None


def write_table(
    path: Path, suffix: str, batches: Iterable[PredictionBatch], *, spreadsheet: bool = False
) -> None:
    """Write a file batch by batch; the arrays of an `.npz` file are kept in memory until the last batch.

    Args:
        path: the file.
        suffix: what `table_format` returned.
        batches: the rows.
        spreadsheet: whether to guard the cells of a CSV file that a spreadsheet would run.

    Raises:
        OSError: if it cannot be written.
    """
    with closing(_WRITERS[suffix](path, spreadsheet=spreadsheet)) as writer:
        for batch in batches:
            writer.add(batch)


def table_format(path: Path) -> str:
    """Return the format of a file by its suffix: `csv`, `npz` or `parquet`.

    Raises:
        RcmvaeError: E423 if the suffix is unknown, or the format needs a package that is not installed.
    """
    suffix = path.suffix.removeprefix(".")
    if suffix not in _WRITERS:
        suffixes = ", ".join(f"`.{name}`" for name in _WRITERS)
        fail("E423", f"`{path}` has an unknown suffix", help=[f"known suffixes: {suffixes}"])
    if suffix == "parquet" and not optional_packages.has_pyarrow():
        help_ = ["pip install 'rcmvae[parquet]'", "or write a .csv or .npz file"]
        fail("E423", "Parquet needs the package pyarrow", help=help_)
    return suffix


def as_columns(batch: PredictionBatch) -> dict[str, Any]:
    """Return the columns of a CSV or Parquet file, with a column for each class, channel and latent dimension.

    Returns:
        By name, numbers as arrays [n] and strings as lists.
    """
    p = batch.predictions
    table: dict[str, Any] = {"index": batch.indices, "item": batch.item_ids}
    if batch.names is not None:
        table["file"] = batch.names
    if batch.true_names is not None:
        table["truth"] = batch.true_names
    if p.probabilities.shape[1]:
        table["label"] = p.names
        table |= {f"p_{name}": p.probabilities[:, y] for y, name in enumerate(p.class_names)}
        table |= _calibrated_columns(p)
    table["channel"] = p.channels
    table |= _numbered("q", p.responsibilities)
    table |= {name: getattr(p, name) for name in ("entropy", "aleatoric", "epistemic", "sigma")}
    table |= _score_columns(p)
    return table | _numbered("z", p.latents)


def as_arrays(batch: PredictionBatch) -> dict[str, Any]:
    """Return the arrays of a `.npz` file, with one array for all classes, channels or latent dimensions."""
    p = batch.predictions
    table: dict[str, Any] = {"index": batch.indices, "item": np.array(batch.item_ids, np.str_)}
    if batch.names is not None:
        table["file"] = np.array(batch.names, np.str_)
    if batch.true_names is not None:
        table["truth"] = np.array(batch.true_names, np.str_)
    if p.probabilities.shape[1]:
        table |= {"label": np.array(p.names, np.str_), "probabilities": p.probabilities}
        table |= _calibrated_arrays(p)
    table["channel"] = p.channels
    fields = ("responsibilities", "entropy", "aleatoric", "epistemic", "sigma", "latents")
    table |= {name: getattr(p, name) for name in fields}
    return table | _score_columns(p)


def _calibrated_columns(predictions: Predictions) -> dict[str, Any]:
    """Return a column for each calibrated probability, and for each set its size and the names of its classes."""
    columns: dict[str, Any] = {}
    for name, (probabilities, sets) in (predictions.calibrated or {}).items():
        if probabilities is not None:
            columns |= {
                f"{name}_p_{each}": probabilities[:, y] for y, each in enumerate(predictions.class_names)
            }
        if sets is not None:
            columns[f"{name}_size"] = sets.sum(axis=1)
            columns[f"{name}_set"] = [_SEPARATOR.join(compress(predictions.class_names, row)) for row in sets]
    return columns


def _calibrated_arrays(predictions: Predictions) -> dict[str, Any]:
    """Return the calibrated probabilities, and the sets, with a column for each class."""
    return {
        f"{name}_{field}": array
        for name, calibrated in (predictions.calibrated or {}).items()
        for field, array in calibrated._asdict().items()
        if array is not None
    }


def _score_columns(predictions: Predictions) -> dict[str, Any]:
    scores: dict[str, Any] = {f"score_{name}": values for name, values in predictions.scores.items()}
    outside = {} if predictions.outside is None else {"outside": predictions.outside}
    return scores | outside | {"ood": predictions.ood.astype(np.int64)}


def _numbered(letter: str, values: np.ndarray) -> dict[str, Any]:
    return {f"{letter}_{number}": values[:, number] for number in range(values.shape[1])}


class _Writer(Protocol):
    def __init__(self, path: Path, *, spreadsheet: bool) -> None: ...
    def add(self, batch: PredictionBatch) -> None: ...
    def close(self) -> None: ...


class _Csv:
    def __init__(self, path: Path, *, spreadsheet: bool) -> None:
        self._cell = writer_of(spreadsheet=spreadsheet)
        self._file = path.open("w", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._has_header = False

    def add(self, batch: PredictionBatch) -> None:
        table = as_columns(batch)
        if not self._has_header:
            self._writer.writerow(map(self._cell, table))
            self._has_header = True
        columns = [map(self._cell, c) if isinstance(c, list) else _csv_values(c) for c in table.values()]
        self._writer.writerows(zip(*columns, strict=True))

    def close(self) -> None:
        self._file.close()


def _csv_values(values: np.ndarray) -> list[Any]:
    """Return floats with six significant digits, and NaN as an empty field."""
    if values.dtype.kind == "f":
        return ["" if np.isnan(value) else f"{value:.6g}" for value in values.tolist()]
    return values.tolist()


class _Parquet:
    def __init__(self, path: Path, *, spreadsheet: bool) -> None:  # noqa: ARG002 - of CSV only
        self._path, self._writer = path, None
        self._arrow, self._parquet = optional_packages.import_pyarrow()

    def add(self, batch: PredictionBatch) -> None:
        table = self._arrow.table(as_columns(batch))
        if self._writer is None:
            self._writer: Any = self._parquet.ParquetWriter(self._path, table.schema)
        self._writer.write_table(table)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


class _Npz:
    def __init__(self, path: Path, *, spreadsheet: bool) -> None:  # noqa: ARG002 - as above
        self._path, self._batches = path, list[dict[str, Any]]()
        self._class_names: tuple[str, ...] = ()

    def add(self, batch: PredictionBatch) -> None:
        self._batches.append(as_arrays(batch))
        self._class_names = batch.predictions.class_names

    def close(self) -> None:
        if not self._batches:  # an error before the first batch
            return
        names = self._batches[0]
        arrays: dict[str, Any] = {
            name: np.concatenate([batch[name] for batch in self._batches]) for name in names
        }
        arrays["class_names"] = np.array(self._class_names, np.str_)
        with self._path.open("wb") as file:
            np.savez_compressed(file, **arrays)


_WRITERS: dict[str, type[_Writer]] = {"csv": _Csv, "npz": _Npz, "parquet": _Parquet}
