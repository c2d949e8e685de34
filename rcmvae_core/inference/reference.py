"""`reference.npz`: what a trained model says about some of its training inputs, to compare others with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Int

from rcmvae_core.protocols import Dataset, Outcome
from rcmvae_core.training.inputs import rows
from rcmvae_core.training.prepare import Prepared, prepare

if TYPE_CHECKING:
    from rcmvae_core.inference.trained import TrainedModel

NAME = "reference.npz"
MOST = 10_000
"""Training inputs that others are compared with, at most."""
_STEP = "step"


class Rows:
    """Some inputs of a data set, wherever they are: a `Source`.

    Args:
        dataset: the data set.
        indices: which of its inputs, in this order.
    """

    def __init__(self, dataset: Dataset, indices: Int[np.ndarray, " n"]) -> None:
        self.dataset, self.indices = dataset, indices

    @property
    def shape(self) -> tuple[int, ...]:
        """Of all of them."""
        return (len(self.indices), *self.dataset.inputs.shape[1:])

    @property
    def dtype(self) -> np.dtype[Any]:
        """That of the data set."""
        return self.dataset.inputs.dtype

    def __getitem__(self, indices: Int[np.ndarray, " m"], /) -> np.ndarray:
        return rows(self.dataset, self.indices[indices])


def refer(trained: TrainedModel, prepared: Prepared) -> tuple[Outcome, ...]:
    """What each seed says about training inputs: all of them, or `MOST`, evenly spaced.

    Args:
        trained: the model.
        prepared: its data.
    """
    train = prepared.split.train
    some = np.unique(np.linspace(0, len(train) - 1, min(MOST, len(train))).astype(np.int64))
    return trained.outcome(Rows(prepared.dataset, train[some]))


def arrays_of(outcomes: Sequence[Outcome], seeds: Sequence[int], steps: Sequence[int]) -> dict[str, Any]:
    """The arrays of the file, by name: each seed's, and the step it was at."""
    named: dict[str, Any] = {}
    for outcome, seed, step in zip(outcomes, seeds, steps, strict=True):
        named |= {f"{seed}/{field}": array for field, array in outcome._asdict().items()}
        named[f"{seed}/{_STEP}"] = np.int64(step)
    return named


def find(trained: TrainedModel) -> tuple[Outcome, ...]:
    """The reference of a run: its file, or, where it has none of these states, made from the run's data.

    Raises:
        RcmvaeError: if there is no such file and the data are gone.
    """
    path = None if trained.folder is None else trained.folder / NAME
    if path is not None and path.is_file():
        with np.load(path, allow_pickle=False) as arrays:
            found = [
                _of(arrays, seed, int(s.step)) for seed, s in zip(trained.seeds, trained.states, strict=True)
            ]
        if None not in found:
            return tuple(one for one in found if one is not None)
    return refer(trained, prepare(trained.resolved))


def _of(arrays: Mapping[str, Any], seed: int, step: int) -> Outcome | None:
    names = {field: f"{seed}/{field}" for field in Outcome._fields}
    known = set(arrays)
    if not known.issuperset(names.values()) or int(arrays[f"{seed}/{_STEP}"]) != step:
        return None
    return Outcome(**{field: arrays[name] for field, name in names.items()})
