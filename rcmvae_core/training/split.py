"""Who trains, who selects, who judges and whose label is given, as `[data]` asks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from rcmvae_core.data import (
    Shortage,
    choose_labels,
    flip_labels,
    hold_out,
    spread_labels,
    stratified_split,
    stratified_subset,
)
from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.protocols import Dataset
from rcmvae_core.resolve import Part
from rcmvae_core.tables import DataTable
from rcmvae_core.training.annotated import annotate


class Split(NamedTuple):
    """Indices into the data set.

    Args:
        train: what trains.
        validation: what selects.
        test: what judges.
        labelled: training inputs whose label is given.
        given: the label that each of those is given; with `label_noise` some are wrong.
        held_out: inputs of classes that were held out, of the training and the test data.
        revision: of the label store whose labels are among the given ones; 0 without one.
    """

    train: Int[np.ndarray, " T"]
    validation: Int[np.ndarray, " V"]
    test: Int[np.ndarray, " U"]
    labelled: Int[np.ndarray, " L"]
    given: Int[np.ndarray, " L"]
    held_out: Int[np.ndarray, " O"]
    revision: int = 0


def split(part: Part, dataset: Dataset) -> tuple[Dataset, Split]:
    """Split a data set as the keys of its part ask.

    Validation data are drawn before training inputs are left out, so that sizes are compared on the same ones.

    Args:
        part: the data part, with its keys.
        dataset: its data set.

    Returns:
        The data set, without classes that are held out: labels and names are those of the others, and a label
        is the truth, never a noisy one. And who is who.

    Raises:
        RcmvaeError: E302 if the data cannot give what is asked for; E601 to E613 if the label store is at fault.
    """
    keys: DataTable = part.keys
    drawn = dataset  # who is drawn does not depend on what people say: it stays as they go on labelling
    dataset, said, revision = annotate(keys, dataset, part.place)
    try:
        numbers = _numbers(dataset.class_names, keys.held_out_classes)
        drawn, held_out = _without_classes(drawn, numbers)
        labels, said = (hold_out(a, len(dataset.class_names), numbers)[0] for a in (dataset.labels, said))
        names = tuple(name for name in dataset.class_names if name not in keys.held_out_classes)
        dataset = drawn._replace(labels=labels, class_names=names)
        train, validation = _training(drawn, keys)
        labelled = _labelled(part, drawn, train)
        given = flip_labels(labels[labelled], keys.label_noise, len(names), keys.label_seed)
        labelled, given = _with_said(labelled, given, said, train)
        if keys.label_store is not None and not labelled.size:
            raise _Lack(  # noqa: TRY301 - one place makes a diagnostic of it
                "no training input has a label", "label some, as `rcmvae label` does"
            )
    except _Lack as lack:
        raise RcmvaeError([Diagnostic("E302", str(lack), part.place, help=lack.remedies)]) from None
    return dataset, Split(train, validation, dataset.test, labelled, given, held_out, revision)


def _with_said(
    labelled: Int[np.ndarray, " L"],
    given: Int[np.ndarray, " L"],
    said: Int[np.ndarray, " N"],
    train: Int[np.ndarray, " T"],
) -> tuple[Int[np.ndarray, " M"], Int[np.ndarray, " M"]]:
    """What was drawn, and what people said of training inputs, which counts for more."""
    known = np.full(len(said), -1, given.dtype)
    known[labelled] = given
    known[train] = np.where(said[train] >= 0, said[train], known[train])
    if np.array_equal(known[labelled], given) and (known >= 0).sum() == len(labelled):
        return labelled, given
    everyone = np.sort(train[known[train] >= 0])
    return everyone, known[everyone]


class _Lack(Exception):  # noqa: N818 - becomes a diagnostic at once
    """What the data cannot give, and what to do."""

    def __init__(self, message: str, *remedies: str) -> None:
        self.remedies = remedies
        super().__init__(message)


def _numbers(known: tuple[str, ...], names: tuple[str, ...]) -> tuple[int, ...]:
    """The numbers of the classes that are held out."""
    unknown = [name for name in names if name not in known]
    if unknown:
        listed = ", ".join(f"`{name}`" for name in known) or "there are none"
        raise _Lack(f"`data.held_out_classes`: there is no class `{unknown[0]}`", f"known classes: {listed}")
    return tuple(known.index(name) for name in names)


def _without_classes(dataset: Dataset, numbers: tuple[int, ...]) -> tuple[Dataset, Int[np.ndarray, " O"]]:
    if not numbers:
        return dataset, np.zeros(0, dataset.train.dtype)
    known = dataset.class_names
    labels, taken = hold_out(dataset.labels, len(known), tuple(n for n in numbers if n < len(known)))
    kept = dataset._replace(
        labels=labels,
        train=dataset.train[~taken[dataset.train]],
        test=dataset.test[~taken[dataset.test]],
        class_names=tuple(name for number, name in enumerate(known) if number not in numbers),
    )
    if not kept.train.size or not kept.test.size:
        raise _Lack("`data.held_out_classes`: nothing is left to train on or to judge by", "hold out fewer")
    everyone = np.concatenate([dataset.train, dataset.test])
    return kept, np.sort(everyone[taken[everyone]])


def _training(dataset: Dataset, keys: DataTable) -> tuple[Int[np.ndarray, " T"], Int[np.ndarray, " V"]]:
    rest, validation = stratified_split(
        dataset.labels[dataset.train], keys.validation_fraction, keys.split_seed
    )
    if not validation.size:
        message = "`data.validation_fraction`: no class has two training inputs, so none is left to validate"
        raise _Lack(message, "give more inputs")
    train, wanted = dataset.train[rest], keys.training_inputs
    if wanted is not None:
        if wanted > train.size:
            message = f"`data.training_inputs` is {wanted}, but {train.size} are left beside validation"
            raise _Lack(message, "ask for fewer")
        train = train[stratified_subset(dataset.labels[train], wanted, keys.split_seed)]
    return train, dataset.train[validation]


def _labelled(part: Part, dataset: Dataset, train: Int[np.ndarray, " T"]) -> Int[np.ndarray, " L"]:
    keys: DataTable = part.keys
    asked = keys.labels is not None or keys.labels_per_class is not None or keys.label_noise > 0
    if not keys.draws_labels:
        return train[:0]
    if "data.labels" not in part.capabilities().provides:
        if asked:
            raise _Lack(f"`[data]` asks for labels, but {part} has none", "leave the keys of labels out")
        return train[:0]
    try:
        if keys.labels is not None:
            chosen = spread_labels(dataset.labels, train, keys.labels, keys.label_seed)
        else:
            chosen = choose_labels(dataset.labels, train, keys.labels_per_class, keys.label_seed)
    except Shortage as lack:
        message = f"class `{dataset.class_names[lack.label]}` has {lack.found} training inputs with a label"
        raise _Lack(f"`data.labels_per_class` is {lack.asked}, but {message}", "ask for fewer") from None
    except ValueError as error:
        raise _Lack(f"`data.labels`: of the training inputs, {error}", "ask for fewer") from None
    if not chosen.size:
        raise _Lack("no training input has a label", "say `labels = 0` in `[data]`, or label some inputs")
    if keys.label_noise and len(dataset.class_names) == 1:
        raise _Lack(
            "`data.label_noise`: there is one class, so no other one to mistake it for", "leave it out"
        )
    return chosen
