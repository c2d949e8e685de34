"""Overlays the labels and classes of a label store on the data set that it belongs to."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from rcmvae_core.data.fingerprint import fingerprint_inputs, item_ids
from rcmvae_core.errors import Place, fail
from rcmvae_core.labels.records import Class, Identity, Snapshot
from rcmvae_core.labels.store import LabelStore
from rcmvae_core.plugin.core_tables import DataTable
from rcmvae_core.plugin.protocols import Dataset

UNKNOWN = -1


class LabelledDataset(NamedTuple):
    """A data set with the labels of a store.

    Args:
        dataset: with the classes of the store; its labels are the true ones as far as they are known.
        store_labels: the class that the store gives each input, -1 where it gives none.
        revision: of the store, 0 without one.
    """

    dataset: Dataset
    store_labels: Int[np.ndarray, " N"]
    revision: int


def overlay_labels(keys: DataTable, dataset: Dataset, place: Place | None) -> LabelledDataset:
    """Overlay the labels of `data.label_store` on a data set.

    A class that was added gets the next number, and a renamed one its new name. The inputs of a merged class belong to
    the class that it was merged into, those of a retired class have no label; both keep their number, so that a column
    of τ never changes its meaning. Where the data set has no label, that of the store is the true one.

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
        return LabelledDataset(dataset, store_labels, 0)
    snapshot = _read_snapshot(Path(keys.label_store), keys.label_revision, dataset, place)
    ids = item_ids(dataset) if snapshot.labels else []
    for index, item in enumerate(ids):
        store_labels[index] = snapshot.labels.get(item, UNKNOWN)
    current_classes = _current_classes(snapshot.classes)
    labels = np.where(dataset.labels >= 0, current_classes[dataset.labels], store_labels)
    names = _class_names(snapshot.classes)
    return LabelledDataset(
        dataset._replace(labels=labels, class_names=names), store_labels, snapshot.revision
    )


def _read_snapshot(path: Path, revision: int | None, dataset: Dataset, place: Place | None) -> Snapshot:
    """Read a label store.

    Args:
        path: of the store.
        revision: to read; None reads the latest.
        dataset: that the store must belong to.
        place: of the data part.

    Returns:
        Classes and labels of the revision.

    Raises:
        RcmvaeError: E302 if the store does not exist.
    """
    if not path.is_file():
        message = f"`data.label_store`: the label store `{path}` does not exist"
        help_ = [
            "the path is relative to the working directory",
            "`rcmvae label RUN assign` creates a label store",
        ]
        fail("E302", message, place=place, help=help_)
    with LabelStore(path, identity(dataset)) as store:
        return store.snapshot(revision)


def _current_classes(classes: tuple[Class, ...]) -> Int[np.ndarray, " Y"]:
    """Return the class that the inputs of each class belong to now; -1 for a retired one.

    The last entry is -1 too, so that an unknown label, which indexes it, stays unknown.
    """
    current = [*range(len(classes)), UNKNOWN]
    for one in classes:
        target = one
        while target.state == "merged" and target.into is not None:
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


def identity(dataset: Dataset) -> Identity:
    """Return what a label store is bound to: the inputs, and the classes in their order, but no key of a spec."""
    return Identity(fingerprint_inputs(dataset), dataset.class_names)
