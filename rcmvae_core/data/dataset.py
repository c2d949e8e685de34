"""Loads the data set of a data part and checks it, so that later code need not check again.

Inputs that stay on disk are checked on a few rows here, and on the others when they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import attrs
import numpy as np

from rcmvae_core.data.inputs import describe_array, describe_input, input_violations
from rcmvae_core.data.row_ids import RowIds
from rcmvae_core.errors import Diagnostic, RcmvaeError, fail
from rcmvae_core.plugin.core_tables import DataTable, Scale
from rcmvae_core.plugin.declaration import load_object
from rcmvae_core.plugin.failures import plugin_errors
from rcmvae_core.plugin.protocols import Dataset, Table
from rcmvae_core.plugin.resolved import ResolvedPart

_FEATURE_AXES = 2
_MAX_WEIGHT = 1e12
"""The largest weight of an input, whose sum over any data is finite and nearly exact."""


def load_dataset(part: ResolvedPart, dataset: Dataset | None = None, *, is_split: bool = True) -> Dataset:
    """Load the data set of a data part, or take the caller's.

    A part whose parameters have `handed_in = True` takes the caller's data set, and has none of its own.

    Args:
        part: the data part.
        dataset: the caller's data set, if any.
        is_split: whether its training and test indices are used; false for a file that is predicted as a whole, which
            may have a single row.

    Returns:
        The checked data set.

    Raises:
        RcmvaeError: E307 if the data set breaks its contract, or if one is passed although the plugin has its own;
            whatever the part raises. A diagnostic without a place gets that of the part.
    """
    if dataset is None:
        with _at_place_of(part), plugin_errors(part):
            loaded: Dataset = load_object(part.registered.plugin.impl)(part.params)
    elif getattr(part.params, "handed_in", False):
        loaded = dataset
    else:
        message = f"a data set was passed, but the spec names {part}, which has its own"
        fail("E307", message, place=part.place, help=["name data `arrays` in the spec"])
    if isinstance(loaded, Dataset):
        is_scaled, missing = scale_method(part.keys, loaded) != "none", masks_missing(part)
        if (is_scaled, missing) != (loaded.scaled, loaded.missing):
            loaded = loaded._replace(scaled=is_scaled, missing=missing)
    with _at_place_of(part):
        violations = dataset_violations(loaded, part.capabilities().provides, is_split=is_split)
    if violations:
        raise RcmvaeError(
            Diagnostic("E307", f"{part}: {message}", part.place, help=[remedy])
            for message, remedy in violations
        )
    if isinstance(loaded.inputs, Table):
        return loaded._replace(ids=RowIds(loaded.inputs, loaded.inputs.columns))
    return loaded


def masks_missing(part: ResolvedPart) -> bool:
    """Return whether missing values stay NaN, as `missing = "mask"` of `[data]` says."""
    return part.keys is not None and part.keys.missing == "mask"


def scale_method(keys: DataTable | None, dataset: Dataset) -> Scale:
    """Return how inputs are scaled: as `scale` of `[data]` says, or else by what they are.

    Args:
        keys: of `[data]`.
        dataset: the inputs.

    Returns:
        `minmax` for tables, and for features that are floats with the maximum 1; else `none`.
    """
    if keys is not None and keys.scale is not None:
        return keys.scale
    if isinstance(dataset.inputs, Table):
        return "minmax"
    inputs: Any = dataset.inputs
    is_features = len(getattr(inputs, "shape", ())) == _FEATURE_AXES
    return "minmax" if is_features and inputs.dtype.kind == "f" and dataset.maximum == 1 else "none"


@contextmanager
def _at_place_of(part: ResolvedPart) -> Generator[None]:
    """Give every diagnostic without a place that of a part."""
    try:
        yield
    except RcmvaeError as error:
        placed = [attrs.evolve(d, place=d.place or part.place) for d in error.diagnostics]
        raise type(error)(placed) from error


def dataset_violations(
    dataset: Any, tokens: tuple[str, ...], *, is_split: bool = True
) -> list[tuple[str, str]]:
    """Find every way in which a data set breaks its contract.

    Args:
        dataset: what a part or a caller returned; may be anything.
        tokens: what its part declares, such as `data.image`.
        is_split: whether its training and test indices are used.

    Returns:
        For each violation a message, and what to do.
    """
    if not isinstance(dataset, Dataset):
        return [
            (f"is a {type(dataset).__name__}, not a Dataset", "see `rcmvae_core.plugin.protocols.Dataset`")
        ]
    violations = [*input_violations(dataset, tokens), *_class_violations(dataset.class_names)]
    if violations:
        return violations  # labels and indices cannot be checked without inputs and classes
    describe = partial(describe_input, dataset)
    return [
        *_label_violations(dataset),
        *weight_violations(dataset.sample_weights, dataset.inputs.shape[0], describe),
        *(_index_violations(dataset) if is_split else ()),
    ]


def _class_violations(names: Any) -> Iterator[tuple[str, str]]:
    if not (isinstance(names, tuple) and all(isinstance(name, str) for name in names)):
        yield "class_names is not a tuple of strings", "give a name for each class, in the order of labels"
    elif len(set(names)) < len(names):
        repeated = sorted({name for name in names if names.count(name) > 1})
        yield f"class_names has `{repeated[0]}` twice", "give every class a name of its own"


def _label_violations(dataset: Dataset) -> Iterator[tuple[str, str]]:
    labels, count, classes = dataset.labels, dataset.inputs.shape[0], len(dataset.class_names)
    if not _has_integers(labels) or labels.shape != (count,):
        remedy = f"give an integer for each of {count} inputs, -1 for unknown"
        yield f"labels are {describe_array(labels)}", remedy
        return
    low, high = int(labels.min()), int(labels.max())
    if low < -1 or high >= classes:
        remedy = f"expected -1, for unknown, to {classes - 1}: {classes} classes"
        yield f"labels lie in [{low}, {high}]", remedy


def weight_violations(
    weights: Any, count: int, describe: Callable[[int], str] = "input {}".format
) -> Iterator[tuple[str, str]]:
    """Find what is wrong with the weights of inputs; nothing else checks them.

    Args:
        weights: may be anything; None is right.
        count: the number of inputs.
        describe: returns an input for a message, by its index.

    Yields:
        A message, and what to do.
    """
    if weights is None:
        return
    remedy = f"give a number from 0 to {_MAX_WEIGHT:g} for each of {count} inputs"
    if not isinstance(weights, np.ndarray) or weights.dtype.kind != "f" or weights.shape != (count,):
        yield f"sample_weights are {describe_array(weights)}", remedy
    elif (wrong := np.flatnonzero(~((weights >= 0) & (weights <= _MAX_WEIGHT)))).size:
        first = int(wrong[0])
        more = f", and so {wrong.size - 1} more" if wrong.size > 1 else ""
        yield f"the sample weight of {describe(first)} is {weights[first]:g}{more}", remedy


def _index_violations(dataset: Dataset) -> Iterator[tuple[str, str]]:
    count = dataset.inputs.shape[0]
    uses = np.zeros(count, np.int64)
    for name in ("train", "test"):
        indices = getattr(dataset, name)
        if not _has_integers(indices) or indices.ndim != 1 or indices.size == 0:
            yield f"`{name}` is {describe_array(indices)}", "give the indices of at least one input"
        elif indices.min() < 0 or indices.max() >= count:
            message = f"`{name}` has indices in [{indices.min()}, {indices.max()}]"
            yield message, f"expected 0 to {count - 1}"
        else:
            np.add.at(uses, indices, 1)
    if uses.max() > 1:
        repeated = int(np.argmax(uses))
        remedy = "`train` and `test` share nothing, and repeat nothing"
        yield f"{describe_input(dataset, repeated)} is used {uses[repeated]} times", remedy


def _has_integers(array: Any) -> bool:
    return isinstance(array, np.ndarray) and array.dtype.kind == "i"
