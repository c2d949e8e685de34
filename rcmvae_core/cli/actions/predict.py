"""Predicts the labels of inputs, a batch at a time, and writes a table."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Int

from rcmvae_core.cli import progress
from rcmvae_core.cli.actions.load_run import load_run
from rcmvae_core.data.dataset import load_dataset
from rcmvae_core.data.fingerprint import item_ids
from rcmvae_core.data.split import split_dataset
from rcmvae_core.inference import data_files
from rcmvae_core.inference.prediction_table import PredictionBatch, table_format, write_table
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.inference.training_reference import DatasetSubset
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.runtime.atomic_files import replacing


class Totals(NamedTuple):
    """Sums over the predictions.

    Args:
        inputs: the number of inputs.
        known: the number of inputs with a known class, for a model that predicts classes.
        correct: the number of those that are predicted correctly.
        entropy: the sum of the entropies of p(y|x), in nats.
    """

    inputs: int
    known: int
    correct: int
    entropy: float

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
        )

    def as_json(self) -> dict[str, Any]:
        """Return the means as plain values."""
        accuracy = {"accuracy": self.correct / self.known} if self.known else {}
        return {"inputs": self.inputs, "known": self.known, **accuracy, "entropy": self.entropy / self.inputs}

    def __str__(self) -> str:
        means = self.as_json()
        accuracy = (
            f", accuracy {means['accuracy']:.4f} on {self.known} with a known class" if self.known else ""
        )
        return f"{self.inputs} inputs{accuracy}, mean entropy {means['entropy']:.3f}"


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
    """Predict, write the table, and print a summary."""
    format_ = table_format(options.out)
    trained = load_run(options)
    totals = Totals(0, 0, 0, 0.0)

    def batches(selection: Selection, advance: Callable[[int], object]) -> Iterator[PredictionBatch]:
        nonlocal totals
        for batch in _predict(trained, selection, options.samples):
            totals = totals.plus(batch)
            yield batch
            advance(len(batch.item_ids))

    with (
        _select(trained, options) as selection,
        replacing(options.out) as partial,
        progress.bar("predicting", len(selection.indices)) as advance,
    ):
        write_table(partial, format_, batches(selection, advance))
    if options.format == "json":
        print(json.dumps(totals.as_json() | {"out": str(options.out)}, indent=2))
    else:
        sys.stderr.write(f"{totals}: {options.out}\n")
    return 0


@contextmanager
def _select(trained: TrainedModel, options: argparse.Namespace) -> Generator[Selection]:
    """Open the inputs that the options name: a split of the run's data, or files."""
    if options.split is not None:
        part = trained.resolved.one("data")
        dataset, split = split_dataset(part, load_dataset(part))
        names = data_files.true_names(dataset, trained.class_names)
        yield Selection(dataset, getattr(split, options.split), names)
        return
    with data_files.open_dataset(
        options.data, trained.info, array=options.array, labels=options.labels
    ) as dataset:
        names = data_files.true_names(dataset, trained.class_names)
        yield Selection(dataset, np.arange(dataset.inputs.shape[0]), names)


def _predict(trained: TrainedModel, selection: Selection, samples: int) -> Iterator[PredictionBatch]:
    """Predict a batch at a time, so that files larger than the memory can be predicted.

    Args:
        trained: the model.
        selection: the inputs.
        samples: how often the channel and the latents of each input are resampled.

    Yields:
        The predictions of each batch, in the order of the indices.
    """
    start, names = 0, selection.true_names
    subset = DatasetSubset(selection.dataset, selection.indices)
    for inputs, predictions in trained.predictions(subset, samples=samples):
        indices = selection.indices[start : start + len(inputs)]
        true_names = None if names is None else [names[index] for index in indices.tolist()]
        ids = item_ids(selection.dataset._replace(inputs=inputs))
        yield PredictionBatch(indices, ids, true_names, predictions)
        start += len(inputs)
