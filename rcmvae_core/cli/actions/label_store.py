"""Finds the label store of a run's data, for every verb that has `--store`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection
from pathlib import Path

from rcmvae_core.cli.streams import print_message
from rcmvae_core.data.label_overlay import open_store
from rcmvae_core.errors import fail
from rcmvae_core.labels.records import Identity
from rcmvae_core.labels.store import LabelStore
from rcmvae_core.labels.store_path import default_path, find_store
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.plugin.resolved import ResolvedPart
from rcmvae_core.runtime.user_files import exists, shortened

Known = Callable[[], Collection[str]]
"""Returns the ids of all items of a data set."""


def store_path(
    options: argparse.Namespace, part: ResolvedPart, data: Identity, known: Known | None = None
) -> Path:
    """Return the path of the label store: that of `--store`, or else of the spec, or else the one beside the run.

    Args:
        options: of a verb with `RUN` and `--store`.
        part: the data of the spec.
        data: the identity of its data set.
        known: finds a store beside the run that was created for fewer of its items, or for another size of these.
    """
    path: Path | None = options.store
    of_spec: str | None = part.keys.label_store
    if path is None and of_spec is not None:
        path = Path(of_spec)
    if path is not None:
        return path
    if known is None:
        return default_path(options.run, part.name, data)
    return find_store(options.run, part.name, data, known)


def read_store(path: Path, dataset: Dataset) -> LabelStore:
    """Open a label store for reading, with a message before a long wait for a writer.

    Args:
        path: of the store.
        dataset: that it must belong to.
    """
    line = f"waiting for a process that writes to the label store `{path}`"
    return open_store(path, dataset, read_only=True, waiting=lambda: print_message(line))


def existing_store_path(
    options: argparse.Namespace, part: ResolvedPart, data: Identity, known: Known | None = None
) -> Path | None:
    """Return the path of the label store, as `store_path` does, if the store exists.

    Args:
        options: of a verb with `RUN` and `--store`.
        part: the data of the spec.
        data: the identity of its data set.
        known: as in `store_path`.

    Returns:
        The path; None if neither `--store` nor the spec names a store, and there is none beside the run.

    Raises:
        RcmvaeError: E302 if `--store` or the spec names a store that does not exist.
    """
    path = store_path(options, part, data, known)
    if exists(path):
        return path
    if options.store is None and part.keys.label_store is None:
        return None
    fail(
        "E302",
        f"label store `{shortened(path)}` does not exist",
        help=["`rcmvae label RUN assign` creates one"],
    )
