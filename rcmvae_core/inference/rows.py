"""Predictions as a table, written while they are made: CSV, Parquet, or arrays in one `.npz`."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from contextlib import closing
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.inference.predictions import Predictions


class Batch(NamedTuple):
    """Some inputs and what is predicted of them.

    Args:
        numbers: where each stands in its data.
        items: the id of each.
        truth: the name of each one's class, empty where it is unknown; None where none is known.
        found: the predictions.
    """

    numbers: np.ndarray
    items: list[str]
    truth: list[str] | None
    found: Predictions


def write(path: Path, ending: str, batches: Iterable[Batch]) -> None:
    """Write a file, a batch at a time; the arrays of an `.npz` are held until the last.

    Raises:
        OSError: if it cannot be written.
    """
    with closing(_WRITERS[ending](path)) as writer:
        for batch in batches:
            writer.add(batch)


def ending(path: Path) -> str:
    """The ending of a target, one that can be written.

    Raises:
        RcmvaeError: E423 if it is another, or needs a package that is not installed.
    """
    found = path.suffix.removeprefix(".")
    if found not in _WRITERS:
        known = ", ".join(f"`.{name}`" for name in _WRITERS)
        message = f"`{path}` ends in no format that is known"
        raise RcmvaeError([Diagnostic("E423", message, help=[f"known endings: {known}"])])
    if found == "parquet" and find_spec("pyarrow") is None:
        help_ = ["pip install 'rcmvae[parquet]'", "or write a .csv or .npz file"]
        raise RcmvaeError([Diagnostic("E423", "Parquet needs the package pyarrow", help=help_)])
    return found


def columns(batch: Batch) -> dict[str, Any]:
    """The columns of a batch: numbers as arrays, words as lists; a column for each class, channel and dimension."""
    found = batch.found
    table: dict[str, Any] = {"index": batch.numbers, "item": batch.items}
    if batch.truth is not None:
        table["truth"] = batch.truth
    if found.probabilities.shape[1]:
        table["label"] = found.names
        table |= {f"p_{name}": found.probabilities[:, y] for y, name in enumerate(found.class_names)}
    table["channel"] = found.channels
    table |= _numbered("q", found.responsibilities)
    table |= {name: getattr(found, name) for name in ("entropy", "aleatoric", "epistemic", "sigma")}
    table |= _judged(found)
    return table | _numbered("z", found.latents)


def arrays(batch: Batch) -> dict[str, Any]:
    """The same with one array for all classes, channels or dimensions."""
    found = batch.found
    table: dict[str, Any] = {"index": batch.numbers, "item": np.array(batch.items, np.str_)}
    if batch.truth is not None:
        table["truth"] = np.array(batch.truth, np.str_)
    if found.probabilities.shape[1]:
        table |= {"label": np.array(found.names, np.str_), "probabilities": found.probabilities}
    table["channel"] = found.channels
    plain = ("responsibilities", "entropy", "aleatoric", "epistemic", "sigma", "latents")
    table |= {name: getattr(found, name) for name in plain}
    return table | _judged(found)


def _judged(found: Predictions) -> dict[str, Any]:
    scores = {f"score_{name}": values for name, values in found.scores.items()}
    return scores | {"ood": found.ood.astype(np.int64)} if scores else {}


def _numbered(letter: str, values: np.ndarray) -> dict[str, Any]:
    return {f"{letter}_{number}": values[:, number] for number in range(values.shape[1])}


class _Writer(Protocol):
    def __init__(self, path: Path) -> None: ...
    def add(self, batch: Batch) -> None: ...
    def close(self) -> None: ...


class _Csv:
    def __init__(self, path: Path) -> None:
        self._file = path.open("w", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._begun = False

    def add(self, batch: Batch) -> None:
        table = columns(batch)
        if not self._begun:
            self._writer.writerow(table)
            self._begun = True
        each = [c if isinstance(c, list) else _texts(c) for c in table.values()]
        self._writer.writerows(zip(*each, strict=True))

    def close(self) -> None:
        self._file.close()


def _texts(values: np.ndarray) -> list[Any]:
    """Numbers as short as their type allows; what is no number is an empty field."""
    if values.dtype.kind == "f":
        return ["" if np.isnan(value) else f"{value:.6g}" for value in values.tolist()]
    return values.tolist()


class _Parquet:
    def __init__(self, path: Path) -> None:
        self._path, self._writer = path, None
        self._arrow: Any = import_module("pyarrow")
        self._parquet: Any = import_module("pyarrow.parquet")

    def add(self, batch: Batch) -> None:
        table = self._arrow.table(columns(batch))
        if self._writer is None:
            self._writer: Any = self._parquet.ParquetWriter(self._path, table.schema)
        self._writer.write_table(table)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


class _Npz:
    def __init__(self, path: Path) -> None:
        self._path, self._batches = path, list[dict[str, Any]]()

    def add(self, batch: Batch) -> None:
        self._batches.append(arrays(batch) | {"class_names": np.array(batch.found.class_names, np.str_)})

    def close(self) -> None:
        if not self._batches:  # it failed before it began
            return
        names = self._batches[0].pop("class_names")
        whole: dict[str, Any] = {
            name: np.concatenate([b[name] for b in self._batches]) for name in self._batches[0]
        }
        with self._path.open("wb") as file:
            np.savez_compressed(file, **whole, class_names=names)


_WRITERS: dict[str, type[_Writer]] = {"csv": _Csv, "npz": _Npz, "parquet": _Parquet}
