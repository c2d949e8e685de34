"""Says before training what the data and the sizes of a model make impossible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Int

from rcmvae_core.errors import Diagnostic, quoted
from rcmvae_core.training.setup import Prepared


def data_warnings(prepared: Prepared) -> tuple[Diagnostic, ...]:
    """Return what is known to go wrong before the first step: too few channels, and classes that cannot be learned.

    Returns:
        The warnings; none for a model that is given no labels, whose channels are clusters.
    """
    dataset, split = prepared.dataset, prepared.split
    if prepared.resolved.maybe("classifier") is None or not len(split.labelled):
        return ()
    names, context = dataset.class_names, prepared.context
    return (
        *_few_channels(context.channels, len(names)),
        *_unseen_classes(names, dataset.labels[split.train], split.given),
    )


def _few_channels(channels: int, classes: int) -> Iterator[Diagnostic]:
    if channels < classes:
        message = f"`latent.channels` is {channels}, less than the number of classes, {classes}"
        help_ = [f"set `latent.channels` to {classes} or more: a channel can stand for one class"]
        yield Diagnostic("W409", message, help=help_)


def _unseen_classes(
    names: Sequence[str], training: Int[np.ndarray, " T"], given: Int[np.ndarray, " L"]
) -> Iterator[Diagnostic]:
    """Warn of classes that no label of a training input names.

    Args:
        names: of the classes.
        training: the true class of each training input, -1 where unknown.
        given: the labels that training sees.
    """
    known = set(given.tolist())
    missing = [number for number in range(len(names)) if number not in known]
    absent = [names[number] for number in missing if not (training == number).any()]
    hidden = [names[number] for number in missing if names[number] not in absent]
    if absent:
        help_ = ["add training inputs of these classes, or take the classes away from the data"]
        yield Diagnostic("W415", f"classes without a training input: {quoted(absent)}", help=help_)
    if hidden:
        help_ = ["give labels of each class, for example with `labels_per_class` in `[data]`"]
        yield Diagnostic("W415", f"classes without a label to train on: {quoted(hidden)}", help=help_)
