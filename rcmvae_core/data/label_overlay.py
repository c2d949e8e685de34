"""Overlays the labels and classes of a label store on the data set that it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from rcmvae_core.data.fingerprint import fingerprint_inputs, item_ids
from rcmvae_core.errors import Place, fail
from rcmvae_core.labels.connection import unmatched
from rcmvae_core.labels.records import Class, Identity, Snapshot
from rcmvae_core.labels.store import LabelStore
from rcmvae_core.plugin.core_tables import DataTable
from rcmvae_core.plugin.protocols import Dataset, Table
from rcmvae_core.runtime.user_files import is_file, shortened, why_missing

UNKNOWN = -1


class LabelledDataset(NamedTuple):
    """A data set with the labels of a store.

    Args:
        dataset: with the classes of the store; its labels are the true ones as far as they are known.
        original: the data set without the labels of the store, its classes numbered as in `dataset`.
        store_labels: the class that the store gives each input, -1 where it gives none.
        revision: of the store, 0 without one.
    """

    dataset: Dataset
    original: Dataset
    store_labels: Int[np.ndarray, " N"]
    revision: int


def overlay_labels(keys: DataTable, dataset: Dataset, place: Place | None) -> LabelledDataset:
    """Overlay the labels of `data.label_store` on a data set.

    A class that was added gets the next number, and a renamed one its new name. The inputs of a merged class belong to
    the class that it was merged into, those of a retired class have no label; both keep their number, so that a column
    of τ never changes its meaning. A class that the data set got since the store was created has a number after those of
    the store. Where the data set has no label, that of the store is the true one.

    Args:
        keys: of `[data]`.
        dataset: as its part returned it.
        place: of that part.

    Returns:
        The data set, the labels of the store and its revision.

    Raises:
        RcmvaeError: E302 if the store does not exist; E601 to E613 if it cannot be read or belongs to other data.
    """
    store_labels = np.full(len(dataset.labels), UNKNOWN, np.int64)
    if keys.label_store is None:
        return LabelledDataset(dataset, dataset, store_labels, 0)
    snapshot, first_names = _read_snapshot(Path(keys.label_store), keys.label_revision, dataset, place)
    ids = item_ids(dataset) if snapshot.labels else []
    for index, item in enumerate(ids):
        store_labels[index] = snapshot.labels.get(item, UNKNOWN)
    strange = unmatched(keys.label_store, sorted(snapshot.labels.keys() - set(ids)), len(snapshot.labels))
    notes = tuple(f"{one.message}; {one.help[-1]}" for one in strange)
    dataset = dataset._replace(notes=(*dataset.notes, *notes))
    return with_store_labels(dataset, store_labels, snapshot.classes, first_names, snapshot.revision)


def with_store_labels(
    dataset: Dataset,
    store_labels: Int[np.ndarray, " N"],
    classes: tuple[Class, ...],
    first_names: tuple[str, ...],
    revision: int,
) -> LabelledDataset:
    """Overlay labels that were read from a store, as `overlay_labels` does.

    Args:
        dataset: as its part returned it.
        store_labels: the class that the store gives each input, -1 where it gives none.
        classes: of the store.
        first_names: the classes of the data set when the store was created.
        revision: of the store.

    Returns:
        The data set and the labels of the store.
    """
    names = _class_names(classes)
    if dataset.class_names != first_names:
        dataset = _renumber(dataset, first_names, names)
        names = dataset.class_names
    current_classes = _current_classes(classes, len(names))
    labels = np.where(dataset.labels >= 0, current_classes[dataset.labels], store_labels)
    return LabelledDataset(
        dataset._replace(labels=labels, class_names=names), dataset, store_labels, revision
    )


def _read_snapshot(
    path: Path, revision: int | None, dataset: Dataset, place: Place | None
) -> tuple[Snapshot, tuple[str, ...]]:
    """Read a label store.

    Args:
        path: of the store.
        revision: to read; None reads the latest.
        dataset: that the store must belong to.
        place: of the data part.

    Returns:
        Classes and labels of the revision, and the classes of the data set when the store was created.

    Raises:
        RcmvaeError: E302 if the store does not exist.
    """
    if not is_file(path):
        message = f"`data.label_store`: the label store `{shortened(path)}` {why_missing(path)}"
        help_ = [
            "the path is relative to the working directory",
            "`rcmvae label RUN assign` creates a label store",
        ]
        fail("E302", message, place=place, help=help_)
    with open_store(path, dataset, read_only=True) as store:
        return store.snapshot(revision), store.identity.class_names


def _renumber(dataset: Dataset, first_names: tuple[str, ...], names: tuple[str, ...]) -> Dataset:
    """Renumber the classes of a data set as a store numbers them, by their names; those that it lacks come last.

    Args:
        dataset: with classes that are not those of the store.
        first_names: the classes with which the store was created.
        names: the names that the classes of the store have now.

    Returns:
        The data set, with the classes of the store and its own ones.
    """
    numbers = {name: number for number, name in enumerate(names)}
    numbers |= {name: number for number, name in enumerate(first_names)}
    added = tuple(name for name in dataset.class_names if name not in numbers)
    numbers |= {name: len(names) + number for number, name in enumerate(added)}
    # An unknown label indexes the last entry.
    of_class = np.array([*(numbers[name] for name in dataset.class_names), UNKNOWN], np.int64)
    return dataset._replace(labels=of_class[dataset.labels], class_names=(*names, *added))


def _current_classes(classes: tuple[Class, ...], count: int) -> Int[np.ndarray, " Y"]:
    """Return the class that the inputs of each class belong to now; -1 for a retired one.

    The last entry is -1 too, so that an unknown label, which indexes it, stays unknown.

    Args:
        classes: of the store.
        count: the number of classes, with those that the store does not have.
    """
    current = [*range(count), UNKNOWN]
    for one in classes:
        target = one
        for (
            _
        ) in classes:  # a store of somebody else could merge classes in a circle, which then have no label
            if target.state == "merged" and target.into is not None:
                target = classes[target.into]
        current[one.id] = target.id if target.state == "active" else UNKNOWN
    return np.array(current, np.int64)


def _class_names(classes: tuple[Class, ...]) -> tuple[str, ...]:
    """Return a distinct name for each class: an inactive one keeps its name unless another class has it now."""
    active = {one.name for one in classes if one.state == "active"}
    names: list[str] = []
    for one in classes:
        is_free = one.state == "active" or (one.name not in active and one.name not in names)
        names.append(one.name if is_free else f"{one.name} ({one.state}, {one.id})")
    return tuple(names)


def open_store(
    path: Path, dataset: Dataset, *, read_only: bool = False, waiting: Callable[[], None] = lambda: None
) -> LabelStore:
    """Open the label store of a data set; create it unless it is only read.

    Args:
        path: of the store.
        dataset: that the store must belong to, by its inputs or by an item that is labelled.
        read_only: as of `LabelStore`.
        waiting: as of `LabelStore`.

    Returns:
        The open store.

    Raises:
        RcmvaeError: as `LabelStore`.
    """
    known = partial(known_items, dataset)
    return LabelStore(path, identity(dataset), known, read_only=read_only, waiting=waiting)


def known_items(dataset: Dataset) -> set[str]:
    """Return every id that an item of a data set has or had."""
    return {*item_ids(dataset), *former_ids(dataset)}


def former_ids(dataset: Dataset) -> list[str]:
    """Return the ids that earlier versions gave inputs that now have the id of their source: those of the input itself.

    They depend on the size and the colours of images. There are none if ids are still those of the inputs, and none for
    tables, whose inputs were scaled before they were identified.
    """
    if not len(dataset.ids) or isinstance(dataset.inputs, Table):
        return []
    return item_ids(dataset._replace(ids=()))


def identity(dataset: Dataset) -> Identity:
    """Return what a label store is bound to: the inputs, and the classes in their order, but no key of a spec."""
    return Identity(fingerprint_inputs(dataset), dataset.class_names)
