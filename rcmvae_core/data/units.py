"""Finds the units of inputs for parts that read the values of the data, and checks counts where a part needs them."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np
from jaxtyping import Int

from rcmvae_core.data.inputs import describe_input, read_rows
from rcmvae_core.data.scaling import DEVIATIONS, Scaling
from rcmvae_core.errors import fail
from rcmvae_core.plugin.protocols import Dataset, Units
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec

_COUNTS, _COLUMNS = "inputs.counts", "data.columns"
_FEATURE_AXES = 2
_CHUNK = 4096
"""Inputs that are checked together."""
_LARGEST = 2**22
"""The largest count that float32 distinguishes from the next one after scaling."""


def fit_units(
    resolved: ResolvedSpec,
    dataset: Dataset,
    indices: Int[np.ndarray, " T"],
    scaling: Scaling | None,
    covariates: int = 0,
) -> Units | None:
    """Return the units of inputs if a part of the spec requires `inputs.counts` or `data.columns`.

    Args:
        resolved: the checked spec.
        dataset: the inputs, in their own units; NaN where a value is missing.
        indices: of the training inputs.
        scaling: how inputs are scaled; None divides them by their maximum.
        covariates: how many features at the end of an input have no units, as no part computes their values.

    Returns:
        The units; None if no part requires them, so that models of other data do not depend on them.

    Raises:
        RcmvaeError: E302 if a part requires counts and a training input is not of whole numbers from 0 to 2²².
    """
    # Not of plugins among parameters, such as schedules and augmentations: these see no value of the data.
    required = [(part, part.capabilities().requires) for part in chain.from_iterable(resolved.parts.values())]
    requiring = [part for part, tokens in required if _COUNTS in tokens]
    if not requiring and not any(_COLUMNS in tokens for _, tokens in required):
        return None
    total = 0.0
    for start in range(0, len(indices), _CHUNK):
        chunk = indices[start : start + _CHUNK]
        rows = _features(read_rows(dataset, chunk), covariates)
        if requiring:
            _check_counts(rows, chunk, dataset, requiring[0])
        total += float(np.nansum(rows, dtype=np.float64))
    mean = total / len(indices) or 1.0
    if not requiring and mean <= 0:  # of a table, whose values may be negative: no part has their sum
        mean = 1.0
    if scaling is None:
        return Units(spread=(float(dataset.maximum),), total=mean)
    center, spread = (
        np.atleast_1d(_features(each, covariates)).ravel().tolist()
        for each in (scaling.center, scaling.spread)
    )
    deviations = DEVIATIONS if scaling.method in ("standard", "robust") else 0.0
    return Units(tuple(center), tuple(spread), scaling.method == "log", mean, deviations)


def _features(values: np.ndarray, covariates: int) -> np.ndarray:
    return values[..., : values.shape[-1] - covariates] if covariates else values


def _check_counts(
    rows: np.ndarray, indices: Int[np.ndarray, " n"], dataset: Dataset, part: ResolvedPart
) -> None:
    """Check that values are counts.

    Args:
        rows: inputs in their own units.
        indices: of these inputs.
        dataset: for the name of an input in the message.
        part: what requires counts.

    Raises:
        RcmvaeError: E302 with the first value that is none.
    """
    if rows.dtype.kind == "u":
        return
    wrong: Any = ~((rows >= 0) & (rows <= _LARGEST) & (rows == np.floor(rows)) | np.isnan(rows))
    if not wrong.any():
        return
    place = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
    where = describe_input(dataset, int(indices[place[0]]))
    noun = "feature" if len(place) == _FEATURE_AXES else "pixel"
    value = f"{where} has the value {rows[place]:g} in {noun} {', '.join(str(i) for i in place[1:])}"
    message = f"{part} needs counts, whole numbers from 0 to {_LARGEST:,}, and {value}"
    help_ = ["give the counts themselves, not shares or logarithms of them, or use head `gaussian`"]
    fail("E302", message, place=part.place, help=help_)
