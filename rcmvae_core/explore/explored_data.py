"""Loads the data set of a run as the page shows it: its inputs, items, splits and own labels."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Literal

import attrs
import numpy as np
from jaxtyping import Int, UInt8

from rcmvae_core.data.dataset import load_dataset
from rcmvae_core.data.fingerprint import item_ids
from rcmvae_core.data.label_overlay import identity
from rcmvae_core.data.load import encode_table
from rcmvae_core.data.split import Split, split_dataset
from rcmvae_core.errors import fail
from rcmvae_core.explore.item_index import ItemIndex
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.labels.items import Items
from rcmvae_core.labels.store_path import find_store
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.plugin.resolved import ResolvedPart
from rcmvae_core.runtime.user_files import exists, shortened

SPLITS = ("train", "validation", "test", "held_out", "other")
"""The names of the codes of `ExploredData.split_codes`."""
InputKind = Literal["image", "series", "table"]
_IMAGE_AXES, _SERIES_AXES = 3, 2


@attrs.frozen(eq=False, slots=False)
class ExploredData:
    """A data set, none of which depends on a label store.

    Args:
        part: the data part of the spec.
        loaded: the data set as its part returned it.
        dataset: the same with the rows of a table encoded as features.
        split: what `split_dataset` returns without a label store.
        items: the items of its inputs.
        kind: how an input is shown: `image` [H, W, C], `series` [T, C] or values without names, `table` named values.
        features: the name of each value of an input; empty if it has none.
    """

    part: ResolvedPart
    loaded: Dataset
    dataset: Dataset
    split: Split
    items: ItemIndex
    kind: InputKind
    features: tuple[str, ...]

    @property
    def count(self) -> int:
        """The number N of inputs."""
        return int(self.dataset.inputs.shape[0])

    @property
    def targets(self) -> Int[np.ndarray, " N"]:
        """The data set's own label of each input, -1 if it is unknown; numbers into `loaded.class_names`."""
        return self.loaded.labels

    @cached_property
    def split_codes(self) -> UInt8[np.ndarray, " N"]:
        """The use of each input, as an index into `SPLITS`."""
        codes = np.full(self.count, SPLITS.index("other"), np.uint8)
        indices = (self.split.train, self.split.validation, self.split.test, self.split.held_out)
        for code, each in enumerate(indices):
            codes[each] = code
        return codes


def load_data(trained: TrainedModel, dataset: Dataset | None = None) -> ExploredData:
    """Load the data set of a run.

    Args:
        trained: its model.
        dataset: the caller's data set, if the data part takes it from its caller.

    Returns:
        The data.

    Raises:
        RcmvaeError: as `load_dataset` and `split_dataset`.
    """
    part = trained.resolved.one("data")
    loaded = load_dataset(part, dataset)
    split = _split(part, loaded)
    encoded = encode_table(loaded, trained.info.columns)
    items = ItemIndex(Items(item_ids(loaded), loaded.names))
    columns = trained.info.columns
    features = () if columns is None else columns.features
    return ExploredData(part, loaded, encoded, split, items, _kind(trained), features)


def _split(part: ResolvedPart, loaded: Dataset) -> Split:
    """Split a data set without its label store: by all held-out classes but those that only the store has."""
    held_out = tuple(name for name in part.keys.held_out_classes if name in loaded.class_names)
    keys = attrs.evolve(part.keys, label_store=None, label_revision=None, held_out_classes=held_out)
    return split_dataset(attrs.evolve(part, keys=keys), loaded)[1]


def _kind(trained: TrainedModel) -> InputKind:
    axes = len(trained.info.context.input_shape)
    if axes == _IMAGE_AXES:
        return "image"
    return "table" if axes != _SERIES_AXES and trained.info.columns is not None else "series"


def store_path(run: Path, data: ExploredData, given: Path | None) -> Path:
    """Return the path of the label store: the given one, or that of the spec, or the one beside the run.

    Args:
        run: the run directory.
        data: its data.
        given: what the user asks for.

    Returns:
        The path; only a store of the spec must exist.

    Raises:
        RcmvaeError: E302 if the spec names a store that does not exist.
    """
    of_spec: str | None = data.part.keys.label_store
    if given is not None:
        return given
    if of_spec is None:
        known = data.items.items.ids
        return find_store(run, data.part.name, identity(data.loaded), lambda: known)
    if not exists(path := Path(of_spec)):
        help_ = ["restore it, or name another one: --store PATH"]
        fail("E302", f"label store `{shortened(path)}` does not exist", help=help_)
    return path
