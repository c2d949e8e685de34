"""Checks the result of a seed against its labels: classes that are missed, and labels that were only memorised."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.errors import Diagnostic
from rcmvae_core.plugin.core_tables import TrainTable
from rcmvae_core.training.evaluation import EvalOutputs, evaluation_metrics
from rcmvae_core.training.setup import Prepared

MAX_LABELLED = 2048
"""Labelled training inputs that are evaluated, at most."""
_MIN_LABELS = 8
"""Labels, of training and of validation inputs, from which on their accuracies are compared."""
_GAP = 0.2
"""Accuracy on labelled training inputs above that on validation inputs from which on labels count as memorised."""
_MUCH_WORSE = 0.02
"""Accuracy that the last state may lack without a warning."""
_MIN_SHARE = 0.05
"""Share of a class below which the usage of its channels is not checked."""
_FEW = 0.25
"""Usage of a class's channels, relative to its share, below which it is reported."""


class Labels(NamedTuple):
    """What is known about classes.

    Args:
        names: of the classes.
        validation: the class of each validation input, -1 where unknown.
        given: the labels of the training inputs of `labelled_sample`.
        prior: the share of each class; empty if it is unknown.
    """

    names: tuple[str, ...]
    validation: Int[np.ndarray, " V"]
    given: Int[np.ndarray, " n"]
    prior: tuple[float, ...]


def known_labels(prepared: Prepared) -> Labels:
    """Return what the data of a run say about classes."""
    dataset, split = prepared.dataset, prepared.split
    given = split.given[labelled_sample(prepared)]
    return Labels(dataset.class_names, dataset.labels[split.validation], given, prepared.context.class_prior)


def labelled_sample(prepared: Prepared) -> Int[np.ndarray, " n"]:
    """Return the positions, among the given labels, of those that are compared: evenly spaced ones."""
    return evenly_spaced(len(prepared.split.labelled), MAX_LABELLED)


def check_selection(
    table: TrainTable, monitor: str, *, best: float | None, last: float | None
) -> Iterator[Diagnostic]:
    """Yield a warning if the last state is kept although another one was better.

    Args:
        table: says which state is kept.
        monitor: the metric by which states were compared.
        best: its best value.
        last: that of the last state.
    """
    if table.select == "best" or best is None or last is None or monitor == "elbo":
        return
    if last < best - _MUCH_WORSE:
        message = f"the last state is kept, whose validation {monitor} is {last:.4f}; the best had {best:.4f}"
        yield Diagnostic("W408", message, help=['set `train.select = "best"`'])


def check_result(
    labels: Labels, tau: Float[np.ndarray, "K Y"], validation: EvalOutputs, labelled: EvalOutputs | None
) -> Iterator[Diagnostic]:
    """Yield a warning for classes that the model misses, and for labels that it has memorised.

    Args:
        labels: what is known about classes.
        tau: channel to label.
        validation: statistics of the validation inputs.
        labelled: of the inputs of `labelled_sample`; None if there are none.
    """
    if labelled is None or not tau.shape[1]:
        return
    predicted = np.asarray(validation.probabilities).argmax(axis=1)
    counts = {y: int((labels.validation == y).sum()) for y in np.unique(labels.given[labels.given >= 0])}
    missed = [(y, count) for y, count in counts.items() if count and not (predicted == y).any()]
    if missed:
        listed = ", ".join(f"`{labels.names[y]}` ({count} validation inputs)" for y, count in missed)
        help_ = ["loss `class_usage`, or `class_weight` of `supervised`, makes rare classes count"]
        yield Diagnostic("W406", f"never predicted: {listed}", help=help_)
    yield from _check_usage(labels, tau, np.asarray(validation.responsibilities))
    yield from _check_memory(labels, validation, labelled)


def _check_usage(
    labels: Labels, tau: Float[np.ndarray, "K Y"], q: Float[np.ndarray, "N K"]
) -> Iterator[Diagnostic]:
    """Compare how much the channels of each class are used with the share of the class.

    Args:
        labels: what is known about classes.
        tau: channel to label.
        q: q(c|x) of the validation inputs.
    """
    prior = np.asarray(labels.prior)
    if len(prior) != len(labels.names):
        return
    usage = np.bincount(tau.argmax(axis=1), q.mean(axis=0, dtype=np.float64), len(prior))
    rare = np.flatnonzero((prior >= _MIN_SHARE) & (usage < _FEW * prior))
    if rare.size:
        listed = ", ".join(f"`{labels.names[y]}` by {usage[y]:.1%} of {prior[y]:.1%}" for y in rare)
        message = f"channels are used less than the labels say: {listed} of the inputs"
        help_ = [
            "loss `class_usage` makes usage follow the labels",
            "or say how frequent classes are: `class_prior`",
        ]
        yield Diagnostic("W405", message, help=help_)


def _check_memory(labels: Labels, validation: EvalOutputs, labelled: EvalOutputs) -> Iterator[Diagnostic]:
    """Compare the accuracy on given labels with that on validation inputs.

    Args:
        labels: what is known about classes.
        validation: statistics of the validation inputs.
        labelled: of the labelled inputs.
    """
    if (labels.validation >= 0).sum() < _MIN_LABELS or len(labels.given) < _MIN_LABELS:
        return
    known = evaluation_metrics(labelled, labels.given)["balanced_accuracy"]
    unseen = evaluation_metrics(validation, labels.validation)["balanced_accuracy"]
    if known > unseen + _GAP:
        message = (
            f"balanced accuracy is {known:.3f} on labelled training inputs and {unseen:.3f} on validation inputs: "
            "the labels are memorised"
        )
        help_ = [
            "more labels, or `channel_consistency` with an augmentation that fits the data",
            "loss `class_usage`",
        ]
        yield Diagnostic("W407", message, help=help_)
