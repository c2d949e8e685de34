"""Computes, reads and writes `reference.npz`: statistics of training inputs that scores compare other inputs with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from rcmvae_core.data.inputs import read_rows
from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.plugin.protocols import Dataset, ForwardStats
from rcmvae_core.runtime.npz import array_names, read_npz
from rcmvae_core.runtime.records import RecordError
from rcmvae_core.training.setup import Prepared

NAME = "reference.npz"
MAX_INPUTS = 10_000
"""Training inputs in the reference, at most."""
_STEP, _MEASURED = "step", "measured"
_FIELDS = tuple(field for field in ForwardStats._fields if field != _MEASURED)


class DatasetSubset:
    """Some inputs of a data set, read when indexed: a `Source`.

    Args:
        dataset: the data set.
        indices: the inputs, in this order.
    """

    def __init__(self, dataset: Dataset, indices: Int[np.ndarray, " n"]) -> None:
        self.dataset, self.indices = dataset, indices

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of all inputs, [n *x]."""
        return (len(self.indices), *self.dataset.inputs.shape[1:])

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type that the data set stores inputs in."""
        return self.dataset.inputs.dtype

    def __getitem__(self, indices: Int[np.ndarray, " m"], /) -> np.ndarray:
        return read_rows(self.dataset, self.indices[indices])


def compute_reference(
    forward_stats: Callable[[DatasetSubset], tuple[ForwardStats, ...]], prepared: Prepared
) -> tuple[ForwardStats, ...]:
    """Compute the statistics of all training inputs, or of `MAX_INPUTS` evenly spaced ones.

    Args:
        forward_stats: `TrainedModel.forward_stats`.
        prepared: the data that the model was trained on.

    Returns:
        The statistics, per seed.
    """
    train = prepared.split.train
    positions = evenly_spaced(len(train), MAX_INPUTS)
    return forward_stats(DatasetSubset(prepared.dataset, train[positions]))


def as_arrays(stats: Sequence[ForwardStats], seeds: Sequence[int], steps: Sequence[int]) -> dict[str, Any]:
    """Return the arrays of the file.

    Args:
        stats: the statistics, per seed.
        seeds: the seeds.
        steps: the step of each seed's state.

    Returns:
        Arrays by name, such as `0/latents` and `0/step`.
    """
    arrays: dict[str, Any] = {}
    for each, seed, step in zip(stats, seeds, steps, strict=True):
        fields = each._asdict() | {f"{_MEASURED}/{name}": array for name, array in each.measured.items()}
        arrays |= {f"{seed}/{field}": array for field, array in fields.items() if field != _MEASURED}
        arrays[f"{seed}/{_STEP}"] = np.int64(step)
    return arrays


def read_reference(
    folder: Path,
    seeds: Sequence[int],
    steps: Sequence[int],
    columns: Mapping[str, int],
    measured: Sequence[str] = (),
) -> tuple[ForwardStats, ...] | None:
    """Read `reference.npz` of a run.

    Args:
        folder: the run directory.
        seeds: the seeds to read.
        steps: the step of each seed's state.
        columns: the length of the second axis of the statistics that have one.
        measured: the names of the scores that run the model.

    Returns:
        The statistics, per seed; None if the file is missing or holds those of other states.

    Raises:
        RecordError: if the file is corrupt, has arrays of other types or shapes, or numbers that are not finite.
    """
    path = folder / NAME
    if not path.exists():
        return None
    in_file = set(array_names(path))
    stats: list[ForwardStats] = []
    for seed, step in zip(seeds, steps, strict=True):
        names = {field: f"{seed}/{field}" for field in _FIELDS}
        own = {name: f"{seed}/{_MEASURED}/{name}" for name in measured}
        if not in_file.issuperset((*names.values(), *own.values(), f"{seed}/{_STEP}")):
            return None
        arrays = read_npz(path, [*names.values(), *own.values(), f"{seed}/{_STEP}"])
        if arrays[f"{seed}/{_STEP}"].tolist() != step:
            return None
        one = ForwardStats(
            **{field: arrays[name] for field, name in names.items()},
            measured={name: arrays[stored] for name, stored in own.items()},
        )
        _check(one, columns)
        stats.append(one)
    return tuple(stats)


def _check(stats: ForwardStats, columns: Mapping[str, int]) -> None:
    """Check the statistics of a seed.

    Args:
        stats: that were read.
        columns: as of `read_reference`.

    Raises:
        RecordError: as `read_reference`.
    """
    count = stats.negative_log_likelihood.shape[:1]
    for field, array in {**stats._asdict(), **stats.measured}.items():
        if field == _MEASURED:
            continue
        shape = (*count, columns[field]) if field in columns else count
        if not count or count[0] < 1 or array.shape != shape or array.dtype.kind != "f":
            raise RecordError(f"its array `{field}` has the type {array.dtype} and the shape {array.shape}")
        has_none = field == "sigma" and np.isnan(array).all()  # of a likelihood without σ
        if not has_none and not np.isfinite(array).all():
            raise RecordError(f"its array `{field}` has numbers that are not finite")
