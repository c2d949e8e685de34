"""Computes, reads and writes `calibration.npz`: predictions for labelled inputs that calibrators are fitted to.

Predictions are kept instead of what was fitted, so that other calibrators, or the same with other parameters, need no data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.errors import Diagnostic
from rcmvae_core.inference.training_reference import DatasetSubset
from rcmvae_core.plugin.protocols import ForwardStats
from rcmvae_core.runtime.npz import array_names, read_npz
from rcmvae_core.runtime.records import RecordError
from rcmvae_core.training.setup import Prepared

NAME = "calibration.npz"
MAX_INPUTS = 10_000
"""Labelled inputs that calibrators are fitted to, at most."""
_FEWEST = 8
"""Validation inputs with a label below which the labels that trained are used instead."""
LabelSource = Literal["kept", "validation", "training"]
"""Where labels for calibration come from: kept from training by `data.calibration_fraction`, those of the validation inputs,
or those that trained the model, for which its predictions are too confident."""
_LABELS, _SOURCE = "labels", "source"


class CalibrationLabels(NamedTuple):
    """Predictions for n inputs, and their labels.

    Args:
        probabilities: p(y|x) of each of the S seeds.
        labels: the class of each input.
        source: where the labels come from.
    """

    probabilities: Float[np.ndarray, "S n Y"]
    labels: Int[np.ndarray, " n"]
    source: LabelSource


def choose_source(prepared: Prepared) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"], LabelSource]:
    """Choose the inputs for calibration; never test inputs.

    Returns:
        Indices into the data set, their labels, and where these come from.
    """
    split, labels = prepared.split, prepared.dataset.labels
    if prepared.resolved.one("data").keys.calibration_fraction:
        return split.calibration, split.calibration_labels, "kept"
    validation = split.validation[labels[split.validation] >= 0]
    if len(validation) >= _FEWEST:
        return validation, labels[validation], "validation"
    is_given = split.given >= 0
    return split.labelled[is_given], split.given[is_given], "training"


def compute_calibration_labels(
    forward_stats: Callable[[DatasetSubset], tuple[ForwardStats, ...]], prepared: Prepared
) -> CalibrationLabels | None:
    """Predict the inputs for calibration, or `MAX_INPUTS` evenly spaced ones.

    Args:
        forward_stats: `TrainedModel.forward_stats`.
        prepared: the data that the model was trained on.

    Returns:
        Predictions and labels; None if there are no labels, or the model predicts none.
    """
    indices, labels, source = choose_source(prepared)
    positions = evenly_spaced(len(indices), MAX_INPUTS)
    if not len(positions) or prepared.resolved.maybe("classifier") is None:
        return None
    stats = forward_stats(DatasetSubset(prepared.dataset, indices[positions]))
    probabilities = np.stack([np.asarray(each.probabilities) for each in stats])
    return CalibrationLabels(probabilities, np.asarray(labels[positions], np.int64), source)


def source_warning(source: LabelSource | None) -> Diagnostic | None:
    """Return the warning about labels that cannot calibrate well, or at all; None for those that can."""
    help_ = [
        "keep some labels for calibration: `calibration_fraction` in `[data]`",
        "or label validation inputs",
    ]
    if source == "training":
        message = (
            "calibrated by the labels that trained the model: what it promises does not hold for other inputs"
        )
        return Diagnostic("W433", message, help=help_)
    if source is None:
        return Diagnostic("W434", "predictions are not calibrated: no label is left for it", help=help_)
    return None


def as_arrays(labels: CalibrationLabels, seeds: Sequence[int], steps: Sequence[int]) -> dict[str, Any]:
    """Return the arrays of the file.

    Args:
        labels: predictions and labels.
        seeds: the seeds.
        steps: the step of each seed's state.

    Returns:
        Arrays by name, such as `labels`, `0/probabilities` and `0/step`.
    """
    sources: tuple[str, ...] = get_args(LabelSource)
    arrays: dict[str, Any] = {_LABELS: labels.labels, _SOURCE: np.int64(sources.index(labels.source))}
    for seed, step, probabilities in zip(seeds, steps, labels.probabilities, strict=True):
        arrays |= {f"{seed}/probabilities": probabilities, f"{seed}/step": np.int64(step)}
    return arrays


def read_calibration_labels(
    folder: Path, seeds: Sequence[int], steps: Sequence[int], classes: int
) -> CalibrationLabels | None:
    """Read `calibration.npz` of a run.

    Args:
        folder: the run directory.
        seeds: the seeds to read.
        steps: the step of each seed's state.
        classes: the number of classes.

    Returns:
        Predictions and labels; None if the file is missing or holds those of other states.

    Raises:
        RecordError: if the file is corrupt, has arrays of other types or shapes, or numbers that are no probabilities.
    """
    path = folder / NAME
    if not path.exists():
        return None
    names = [_LABELS, _SOURCE]
    for seed in seeds:
        names += [f"{seed}/probabilities", f"{seed}/step"]
    if not set(array_names(path)).issuperset(names):
        return None
    arrays = read_npz(path, names)
    saved = [arrays[f"{seed}/step"].tolist() for seed in seeds]
    if saved != list(steps):
        return None
    sources: tuple[LabelSource, ...] = get_args(LabelSource)
    labels, source = arrays[_LABELS], arrays[_SOURCE].tolist()
    if type(source) is not int or source not in range(len(sources)):  # 1.0 and True are in a range too
        raise RecordError(f"its array `{_SOURCE}` is {source!r}")
    if labels.ndim != 1 or labels.dtype.kind != "i" or not ((labels >= 0) & (labels < classes)).all():
        raise RecordError(f"its array `{_LABELS}` has no labels of {classes} classes")
    for seed in seeds:
        p = arrays[f"{seed}/probabilities"]
        if p.shape != (len(labels), classes) or p.dtype.kind != "f" or not ((p >= 0) & (p <= 1 + 1e-3)).all():
            raise RecordError(f"its array `{seed}/probabilities` has no probabilities of these inputs")
    probabilities = np.stack([arrays[f"{seed}/probabilities"] for seed in seeds])
    return CalibrationLabels(probabilities, labels, sources[source])
