"""Suggests which inputs of a run's data to label next."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from rcmvae_core.cli.actions.label_store import existing_store_path, read_store
from rcmvae_core.cli.actions.load_run import load_run
from rcmvae_core.cli.diagnostics import printable
from rcmvae_core.cli.output import show
from rcmvae_core.cli.run_arguments import added
from rcmvae_core.data.dataset import load_dataset
from rcmvae_core.data.fingerprint import item_ids
from rcmvae_core.data.label_overlay import identity
from rcmvae_core.data.load import encode_table
from rcmvae_core.data.split import split_dataset
from rcmvae_core.inference.query import SuggestedInputs, find_acquisition, suggest, unlabelled_indices
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.plugin.resolved import ResolvedPart


def main(options: argparse.Namespace) -> int:
    """Leave out the labelled inputs, select among the others, and print."""
    trained = load_run(options, added("acquisition", [options.by] if options.by else []))
    default = "typical" if trained.resolved.maybe("classifier") is None else "entropy"
    acquisition = find_acquisition(trained, options.by or default)
    part = trained.resolved.one("data")
    dataset = load_dataset(part)
    _, split = split_dataset(part, dataset)
    ids = item_ids(dataset)
    labelled = {ids[index] for index in split.labelled.tolist()} | _stored_items(options, part, dataset)
    free = unlabelled_indices(split.train, ids, labelled)
    encoded = encode_table(dataset, trained.info.columns)
    # Of equal inputs the first is the labelled one, as it is the candidate of those without a label.
    with_label = unlabelled_indices(split.train, ids, set(ids) - labelled)
    suggested = suggest(
        trained, acquisition, encoded, free, labelled=with_label, count=options.count, seed=options.draw
    )
    show({"by": acquisition.name, "suggestions": _rows(suggested, ids, dataset.names)}, options, _as_text)
    return 0


def _stored_items(options: argparse.Namespace, part: ResolvedPart, dataset: Dataset) -> set[str]:
    """Return the items that have a label in the label store.

    Args:
        options: of the verb.
        part: the data of the spec.
        dataset: its data set.

    Returns:
        The ids of the items; none if there is no store.

    Raises:
        RcmvaeError: E302 if the store of `--store` or of the spec does not exist.
    """
    path = existing_store_path(options, part, identity(dataset), lambda: item_ids(dataset))
    if path is None:
        return set()
    with read_store(path, dataset) as store:
        return set(store.labels())


def _rows(suggested: SuggestedInputs, ids: list[str], names: Sequence[str]) -> list[dict[str, Any]]:
    """Return a row of plain values for each suggested input: item, index, score, prediction and its probability.

    Args:
        suggested: the inputs.
        ids: the item id of every input of the data set.
        names: the name of every input, such as its file; empty if inputs have none.
    """
    predictions = suggested.predictions
    has_classes = predictions.probabilities.shape[1] > 0
    probabilities = predictions.probabilities.max(axis=1).tolist() if has_classes else [None] * len(ids)
    columns = zip(
        suggested.indices.tolist(), suggested.scores.tolist(), predictions.names, probabilities, strict=False
    )
    return [
        {"item": ids[index], "index": index}
        | ({"file": names[index]} if len(names) else {})
        | {"score": score, "prediction": name or None, "probability": p}
        for index, score, name, p in columns
    ]


def _as_text(suggestions: Mapping[str, Any]) -> str:
    return "\n".join(map(_line, suggestions["suggestions"]))


def _line(row: Mapping[str, Any]) -> str:
    name = row["prediction"]
    predicted = "" if name is None else f"  {printable(name)} {row['probability']:.3f}"
    file = f"  {printable(row['file'])}" if "file" in row else ""
    return f"{row['item']}  {row['index']:>8}  {row['score']:<8.4g}{predicted}{file}"
