"""Predicts the labels of inputs, a batch at a time, and writes a table."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Int

from rcmvae_core.cli import progress
from rcmvae_core.cli.actions.load_run import load_run
from rcmvae_core.cli.diagnostics import print_diagnostics, print_warnings
from rcmvae_core.cli.main import DONE, WRONG_INPUT
from rcmvae_core.cli.streams import print_lines, print_result
from rcmvae_core.data.fingerprint import item_ids
from rcmvae_core.data.inputs import read_rows
from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.data.source_paths import source_paths
from rcmvae_core.errors import Diagnostic, FirstErrors, RcmvaeError
from rcmvae_core.inference import data_files, input_files
from rcmvae_core.inference.imputation import require_missing
from rcmvae_core.inference.imputed_table import ImputedTable
from rcmvae_core.inference.input_files import InputFiles
from rcmvae_core.inference.prediction_table import PredictionBatch, table_format, write_table
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.inference.training_reference import DatasetSubset
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.runtime.atomic_files import replacing
from rcmvae_core.runtime.outputs import check_outputs
from rcmvae_core.runtime.partial_files import temporary_folder

_SAMPLE = 256
"""Inputs whose range is compared with that of the training inputs, at most."""
_MOST = 0.5
"""Share of inputs with values outside the training range above which their units may be others."""


class Totals(NamedTuple):
    """Sums over the predictions.

    Args:
        inputs: the number of inputs.
        known: the number of inputs with a known class, for a model that predicts classes.
        correct: the number of those that are predicted correctly.
        entropy: the sum of the entropies of p(y|x), in nats.
        outside: the number of inputs with a value outside the training range.
    """

    inputs: int
    known: int
    correct: int
    entropy: float
    outside: int = 0

    def plus(self, batch: PredictionBatch) -> Totals:
        """Return the sums with those of another batch added."""
        names, predictions = batch.true_names or [], batch.predictions
        has_classes = predictions.probabilities.shape[1] > 0
        pairs = [(a, b) for a, b in zip(names, predictions.names, strict=False) if a and has_classes]
        return Totals(
            self.inputs + len(batch.item_ids),
            self.known + len(pairs),
            self.correct + sum(a == b for a, b in pairs),
            self.entropy + float(predictions.entropy.sum()),
            self.outside + (0 if predictions.outside is None else int(np.count_nonzero(predictions.outside))),
        )

    def as_json(self) -> dict[str, Any]:
        """Return the means as plain values."""
        accuracy = {"accuracy": self.correct / self.known} if self.known else {}
        return {
            "inputs": self.inputs,
            "known": self.known,
            **accuracy,
            "entropy": self.entropy / max(1, self.inputs),
            "outside": self.outside,
        }

    def __str__(self) -> str:
        means = self.as_json()
        accuracy = (
            f", accuracy {means['accuracy']:.4f} on {self.known} with a known class" if self.known else ""
        )
        outside = f", {self.outside} with values outside the training range" if self.outside else ""
        return f"{self.inputs} inputs{accuracy}, mean entropy {means['entropy']:.3f}{outside}"


class Selection(NamedTuple):
    """The inputs to predict.

    Args:
        dataset: contains them.
        indices: their positions in the data set.
        true_names: the name of each input's class in the data set, if the classes are known.
    """

    dataset: Dataset
    indices: Int[np.ndarray, " n"]
    true_names: list[str] | None


def main(options: argparse.Namespace) -> int:
    """Predict, write the table, and print a summary; a file that cannot be read does not stop the others."""
    format_ = table_format(options.out)
    paths = input_files.expand(options.data, sys.stdin)
    files = [Path(options.labels)] if options.labels is not None else []
    outputs = [path for path in (options.out, options.impute) if path is not None]
    check_outputs(outputs, [*paths, *files], force=options.force)
    trained = load_run(options)
    check_outputs(outputs, source_paths(trained.resolved.if_available("data")), force=options.force)
    totals, failed = Totals(0, 0, 0, 0.0), FirstErrors()

    def batches(imputed: ImputedTable | None) -> Iterator[PredictionBatch]:
        nonlocal totals
        for selection in _selections(trained, options, paths, failed):
            with progress.bar("predicting", len(selection.indices)) as advance:
                for inputs, batch in _predict(trained, selection, options.samples):
                    totals = totals.plus(batch)
                    if imputed is not None:
                        imputed.add(batch.indices, batch.item_ids, trained.impute(inputs))
                    yield batch
                    advance(len(batch.item_ids))

    with replacing(options.out, follow=True) as partial, _imputed_table(trained, options) as imputed:
        write_table(partial, format_, batches(imputed), spreadsheet=options.spreadsheet)
        if not totals.inputs:
            raise RcmvaeError(failed.diagnostics)
    if failed.count:  # as JSON it is a document, and stdout holds one
        print_diagnostics(failed.diagnostics, options.format)
    if totals.outside > totals.inputs * _MOST:
        print_warnings([_other_units(totals)], options.format)
    if options.format == "json" and not failed.count:
        print_result(json.dumps(totals.as_json() | {"out": str(options.out)}, indent=2))
    elif options.format != "json":
        print_lines([f"{totals}: {options.out}"])
    return WRONG_INPUT if failed.count else DONE


@contextmanager
def _imputed_table(trained: TrainedModel, options: argparse.Namespace) -> Generator[ImputedTable | None]:
    """Open the file of `--impute`, if it is given.

    Raises:
        RcmvaeError: E471 if the model cannot compute missing values.
    """
    if options.impute is None:
        yield None
        return
    require_missing(trained.model)
    with (
        replacing(options.impute, follow=True) as partial,
        closing(ImputedTable(partial, trained.info.columns, spreadsheet=options.spreadsheet)) as table,
    ):
        yield table


def _other_units(totals: Totals) -> Diagnostic:
    message = f"{totals.outside} of {totals.inputs} inputs have values outside the training range"
    help_ = ["give inputs in the units of the training data: the model scales them itself"]
    return Diagnostic("W431", message, help=help_)


def _selections(
    trained: TrainedModel, options: argparse.Namespace, paths: list[Path], failed: FirstErrors
) -> Iterator[Selection]:
    """Yield the inputs that the options name: a split of the run's data, or files.

    Args:
        trained: the model.
        options: of the verb.
        paths: the files and folders that the options name.
        failed: gets the errors of files, if there are several.
    """
    if options.split is not None:
        dataset, split, _ = data_files.load_run_split(trained.resolved, trained.info)
        names = data_files.true_names(dataset, trained.class_names)
        yield Selection(dataset, getattr(split, options.split), names)
        return
    with temporary_folder() as temporary:
        for files in input_files.group(paths, temporary):
            try:
                yield from _open(trained, options, files, is_only=len(paths) == 1)
            except RcmvaeError as error:
                if len(paths) == 1:
                    raise
                failed.extend(error.diagnostics)


def _open(
    trained: TrainedModel, options: argparse.Namespace, files: InputFiles, *, is_only: bool
) -> Iterator[Selection]:
    """Open a file, a folder, or images one by one.

    Args:
        trained: the model.
        options: of the verb.
        files: what to open.
        is_only: whether there are no other files, so that inputs need no name of a file.
    """
    run_data = trained.resolved.if_available("data")
    with (
        data_files.naming_missing_data(trained.resolved),
        data_files.open_dataset(
            files.path, trained.info, array=options.array, labels=options.labels, run_data=run_data
        ) as opened,
    ):
        dataset = opened
        for note in dataset.notes:
            print_lines([f"note: {_with_paths(note, files)}"])
        count = dataset.inputs.shape[0]
        if files.names:
            dataset = dataset._replace(names=[files.names[name] for name in dataset.names])
        elif not is_only and len(dataset.names) == 0:
            dataset = dataset._replace(names=[str(files.path)] * count)
        _warn_if_narrow(dataset, trained, options)
        names = data_files.true_names(dataset, trained.class_names)
        yield Selection(dataset, np.arange(count), names)


def _warn_if_narrow(dataset: Dataset, trained: TrainedModel, options: argparse.Namespace) -> None:
    """Warn if inputs vary so little that they may be in another unit than the training inputs."""
    scaling, shape = trained.info.scaling, dataset.inputs.shape
    if scaling is None or shape[1:] != trained.info.context.input_shape:
        return
    if scaling.is_narrow(read_rows(dataset, evenly_spaced(shape[0], _SAMPLE))):
        message = "all values vary by less than a fiftieth of the range of the training inputs"
        help_ = ["give inputs in the units of the training data: the model scales them itself"]
        print_warnings([Diagnostic("W432", message, help=help_)], options.format)


def _with_paths(note: str, files: InputFiles) -> str:
    for link, path in files.names.items():
        note = note.replace(link, path)
    return note


def _predict(
    trained: TrainedModel, selection: Selection, samples: int
) -> Iterator[tuple[np.ndarray, PredictionBatch]]:
    """Predict a batch at a time, so that files larger than the memory can be predicted.

    Args:
        trained: the model.
        selection: the inputs.
        samples: how often the channel and the latents of each input are resampled.

    Yields:
        The inputs of each batch and their predictions, in the order of the indices.
    """
    start, names = 0, selection.true_names
    dataset = selection.dataset
    subset = DatasetSubset(dataset, selection.indices)
    for inputs, predictions in trained.predictions(subset, samples=samples):
        indices = selection.indices[start : start + len(inputs)]
        true_names = None if names is None else [names[index] for index in indices.tolist()]
        files = [dataset.names[int(index)] for index in indices] if len(dataset.names) else None
        ids = (
            [dataset.ids[int(index)] for index in indices]
            if len(dataset.ids)
            else item_ids(dataset._replace(inputs=inputs))
        )
        yield inputs, PredictionBatch(indices, ids, true_names, predictions, files)
        start += len(inputs)
