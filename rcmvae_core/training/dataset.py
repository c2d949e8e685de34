"""A data part's data set, checked: nothing that comes after asks again whether the arrays fit together.

Of inputs that stay on disk only a few rows are; the others when they are used.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import attrs
import numpy as np

from rcmvae_core.declarations import load_object
from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.protocols import Dataset
from rcmvae_core.resolve import Part
from rcmvae_core.training.inputs import describe, input_faults


def load(part: Part, dataset: Dataset | None = None) -> Dataset:
    """The data set of a data part, or the caller's where the part takes that.

    A part whose parameters say `handed_in` has no data of its own.

    Args:
        part: the data part.
        dataset: what the caller handed in.

    Raises:
        RcmvaeError: E307 if the data set breaks its contract, or is handed in where the spec names another;
            whatever the part raises. A diagnostic without a place gets that of the part.
    """
    if dataset is None:
        with _placed(part):
            found = load_object(part.registered.plugin.impl)(part.params)
    elif getattr(part.params, "handed_in", False):
        found = dataset
    else:
        message = f"a data set was handed in, but the spec names {part}, which has its own"
        raise RcmvaeError([Diagnostic("E307", message, part.place, help=["name data `arrays` in the spec"])])
    with _placed(part):
        broken = faults(found, part.capabilities().provides)
    if broken:
        raise RcmvaeError(
            Diagnostic("E307", f"{part}: {message}", part.place, help=[remedy]) for message, remedy in broken
        )
    return found


@contextmanager
def _placed(part: Part) -> Generator[None]:
    """A diagnostic without a place gets that of the part."""
    try:
        yield
    except RcmvaeError as error:
        placed = [attrs.evolve(d, place=d.place or part.place) for d in error.diagnostics]
        raise type(error)(placed) from error


def faults(dataset: Any, tokens: tuple[str, ...]) -> list[tuple[str, str]]:
    """Every way in which a data set breaks its contract, and what to do about each.

    Args:
        dataset: what a part or a caller gave; may be anything.
        tokens: what its part says of it, such as `data.image`.
    """
    if not isinstance(dataset, Dataset):
        return [(f"is a {type(dataset).__name__}, not a Dataset", "see `rcmvae_core.protocols.Dataset`")]
    found = [*input_faults(dataset, tokens), *_classes(dataset.class_names)]
    if found:
        return found
    return [*_labels(dataset), *_indices(dataset)]


def _classes(names: Any) -> Iterator[tuple[str, str]]:
    if not (isinstance(names, tuple) and all(isinstance(name, str) for name in names)):
        yield "class_names is no tuple of texts", "give a name for each class, in the order of labels"
    elif len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        yield f"class_names has `{twice[0]}` twice", "give every class a name of its own"


def _labels(dataset: Dataset) -> Iterator[tuple[str, str]]:
    labels, count, classes = dataset.labels, dataset.inputs.shape[0], len(dataset.class_names)
    if not _whole(labels) or labels.shape != (count,):
        yield f"labels are {describe(labels)}", f"give an integer for each of {count} inputs, -1 for unknown"
        return
    low, high = int(labels.min()), int(labels.max())
    if low < -1 or high >= classes:
        yield (
            f"labels lie in [{low}, {high}]",
            f"expected -1, for unknown, to {classes - 1}: {classes} classes",
        )


def _indices(dataset: Dataset) -> Iterator[tuple[str, str]]:
    count = dataset.inputs.shape[0]
    used = np.zeros(count, np.int64)
    for name in ("train", "test"):
        indices = getattr(dataset, name)
        if not _whole(indices) or indices.ndim != 1 or indices.size == 0:
            yield f"`{name}` is {describe(indices)}", "give the indices of at least one input"
        elif indices.min() < 0 or indices.max() >= count:
            message = f"`{name}` has indices in [{indices.min()}, {indices.max()}]"
            yield message, f"expected 0 to {count - 1}"
        else:
            np.add.at(used, indices, 1)
    if used.max() > 1:
        again = int(np.argmax(used))
        yield (
            f"input {again} is used {used[again]} times",
            "`train` and `test` share nothing, and repeat nothing",
        )


def _whole(array: Any) -> bool:
    return isinstance(array, np.ndarray) and array.dtype.kind == "i"
