"""What people said in a label store, laid over the data set it belongs to."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from rcmvae_core.errors import Diagnostic, Place, RcmvaeError
from rcmvae_core.labels import Class, LabelStore, Snapshot
from rcmvae_core.labels.items import identity, item_ids
from rcmvae_core.protocols import Dataset
from rcmvae_core.tables import DataTable

UNKNOWN = -1


class Annotated(NamedTuple):
    """A data set, and what a store says of it.

    Args:
        dataset: with the classes of the store; its labels are the truth as far as anybody knows it.
        said: the class that the store gives each input, -1 where it gives none.
        revision: the store's, 0 without one.
    """

    dataset: Dataset
    said: Int[np.ndarray, " N"]
    revision: int


def annotate(keys: DataTable, dataset: Dataset, place: Place | None) -> Annotated:
    """Lay the labels of `data.label_store` over a data set.

    A class that people added gets the next number, a renamed one its new name. One that was merged gives its
    inputs to the other, one that was retired gives them up; both keep their number, so that a column of τ means
    the same for ever. Where the data set knows no label, what people say is the truth.

    Args:
        keys: of `[data]`.
        dataset: as its part gave it.
        place: of that part.

    Raises:
        RcmvaeError: E302 if there is no such store; E601 to E613 if it cannot be read or belongs to other data.
    """
    nothing = np.full(len(dataset.labels), UNKNOWN, np.int64)
    if keys.label_store is None:
        return Annotated(dataset, nothing, 0)
    found = _snapshot(Path(keys.label_store), keys.label_revision, dataset, place)
    ids = item_ids(dataset) if found.labels else []
    for index, item in enumerate(ids):
        nothing[index] = found.labels.get(item, UNKNOWN)
    heirs = _heirs(found.classes)
    truth = np.where(dataset.labels >= 0, heirs[dataset.labels], nothing)
    names = _names(found.classes)
    return Annotated(dataset._replace(labels=truth, class_names=names), nothing, found.revision)


def _snapshot(path: Path, revision: int | None, dataset: Dataset, place: Place | None) -> Snapshot:
    if not path.is_file():
        message = f"`data.label_store`: there is no label store `{path}`"
        help_ = ["it is relative to the working folder", "`rcmvae label RUN assign` makes one"]
        raise RcmvaeError([Diagnostic("E302", message, place, help=help_)])
    with LabelStore(path, identity(dataset)) as store:
        return store.snapshot(revision)


def _heirs(classes: tuple[Class, ...]) -> Int[np.ndarray, " Y"]:
    """The class that each class's inputs have now; -1 if it is retired. The last entry stands for unknown."""
    heirs = [*range(len(classes)), UNKNOWN]
    for one in classes:
        heir = one
        while heir.state == "merged" and heir.into is not None:
            heir = classes[heir.into]
        heirs[one.id] = heir.id if heir.state == "active" else UNKNOWN
    return np.array(heirs, np.int64)


def _names(classes: tuple[Class, ...]) -> tuple[str, ...]:
    """A name for each class; one that is gone keeps its own unless another has it now."""
    active = {one.name for one in classes if one.state == "active"}
    names: list[str] = []
    for one in classes:
        free = one.state == "active" or (one.name not in active and one.name not in names)
        names.append(one.name if free else f"{one.name} ({one.state}, {one.id})")
    return tuple(names)
