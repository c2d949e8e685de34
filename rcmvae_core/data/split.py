"""Splits a data set into training, validation and test inputs, and chooses the labels that training may see."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from rcmvae_core.data.label_overlay import LabelledDataset, overlay_labels
from rcmvae_core.data.sample_weights import has_weight
from rcmvae_core.data.sampling import (
    NotEnoughLabelsError,
    choose_labels,
    flip_labels,
    hold_out,
    keep_for_calibration,
    spread_labels,
    stratified_split,
    stratified_subset,
)
from rcmvae_core.errors import fail, quoted
from rcmvae_core.plugin.core_tables import DataTable
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.plugin.resolved import ResolvedPart

_NONE = np.zeros(0, np.int64)


class Split(NamedTuple):
    """Indices into the data set.

    Args:
        train: training inputs; an input of sample weight 0 is none.
        validation: inputs that early stopping and the choice of a state use.
        test: inputs that the reported metrics use.
        labelled: training inputs whose label is given.
        given: the labels that they are given; with `label_noise` some are wrong.
        held_out: inputs of held-out classes, of the training and the test data.
        revision: of the label store whose labels are among the given ones; 0 without one.
        calibration: inputs that are kept for calibrators, and that would train with a label otherwise.
        calibration_labels: the labels that they are given.
    """

    train: Int[np.ndarray, " T"]
    validation: Int[np.ndarray, " V"]
    test: Int[np.ndarray, " U"]
    labelled: Int[np.ndarray, " L"]
    given: Int[np.ndarray, " L"]
    held_out: Int[np.ndarray, " O"]
    revision: int = 0
    calibration: Int[np.ndarray, " C"] = _NONE
    calibration_labels: Int[np.ndarray, " C"] = _NONE


class _SplitError(Exception):
    """The data do not have what the spec asks for; `split_dataset` makes a diagnostic of it."""

    def __init__(self, message: str, remedy: str) -> None:
        self.remedy = remedy
        super().__init__(message)


def split_dataset(part: ResolvedPart, dataset: Dataset) -> tuple[Dataset, Split]:
    """Split a data set by the keys of its part.

    Validation inputs are drawn before training inputs are left out, so that runs of different sizes are compared on
    the same ones. Draws do not depend on the label store, so that they stay the same while people label more inputs.

    Args:
        part: the data part, with its keys.
        dataset: its data set.

    Returns:
        The data set without held-out classes, whose labels are the true ones and never noisy, with a note of labels
        that do not train; and the indices.

    Raises:
        RcmvaeError: E302 if the data do not have what the spec asks for; E601 to E613 if the label store cannot be
            used.
    """
    keys: DataTable = part.keys
    labelled_dataset, dataset, store_labels, revision = overlay_labels(keys, dataset, part.place)
    class_names = labelled_dataset.class_names
    try:
        numbers = _class_numbers(class_names, keys.held_out_classes)
        drawn, held_out = _without_classes(dataset, numbers)
        labels, store_labels = (
            hold_out(a, len(class_names), numbers)[0] for a in (labelled_dataset.labels, store_labels)
        )
        kept_names = tuple(name for name in class_names if name not in keys.held_out_classes)
        train, validation = _train_and_validation(drawn, keys)
        labelled = _labelled(part, drawn, train)
        given = flip_labels(labels[labelled], keys.label_noise, len(kept_names), keys.label_seed)
        labelled, given = _add_store_labels(labelled, given, store_labels, train)
        labelled, given, kept, kept_labels = _keep_for_calibration(keys, labelled, given)
        train = np.setdiff1d(train, kept) if kept.size else train
        if keys.label_store is not None and not labelled.size:
            raise _SplitError(  # noqa: TRY301 - one place makes a diagnostic of it
                "no training input has a label", "label some, as `rcmvae label` does"
            )
    except _SplitError as error:
        help_ = [error.remedy, *_weightless_note(dataset, dataset.train[:0])]
        fail("E302", str(error), place=part.place, help=help_)
    split = Split(train, validation, drawn.test, labelled, given, held_out, revision, kept, kept_labels)
    is_labelled = store_labels >= 0
    if keys.draws_labels and (drawn.labels[np.concatenate(split[:3])] < 0).any():
        is_labelled |= drawn.labels >= 0
    notes = (
        *drawn.notes,
        *_weightless_note(drawn, validation),
        *_evaluation_note(split, is_labelled),
        *_calibration_note(split),
    )
    return drawn._replace(labels=labels, class_names=kept_names, notes=notes), split


class GivenLabels(NamedTuple):
    """The labels that training with a label store is given.

    Args:
        labelled: training inputs whose label is given.
        given: their labels, numbers among the classes that are not held out.
        classes: the number of each of these classes among all classes of the data set and the store.
        class_names: their names.
    """

    labelled: Int[np.ndarray, " L"]
    given: Int[np.ndarray, " L"]
    classes: Int[np.ndarray, " Y"]
    class_names: tuple[str, ...]


def given_labels(keys: DataTable, split: Split, overlaid: LabelledDataset) -> GivenLabels:
    """Return the labels that `split_dataset` would give training with this state of a label store.

    Draws do not depend on a label store, so that a split without one says which labels of the data set are given.

    Args:
        keys: of `[data]`.
        split: of the same data set, without a label store.
        overlaid: the data set with the labels of the store.

    Returns:
        The labels.
    """
    names = overlaid.dataset.class_names
    numbers = tuple(names.index(name) for name in keys.held_out_classes if name in names)
    labels, store_labels = (
        hold_out(each, len(names), numbers)[0] for each in (overlaid.dataset.labels, overlaid.store_labels)
    )
    kept = np.setdiff1d(np.arange(len(names)), numbers)
    drawn, train = (
        np.union1d(each, split.calibration) if split.calibration.size else each
        for each in (split.labelled, split.train)
    )
    given = flip_labels(labels[drawn], keys.label_noise, len(kept), keys.label_seed)
    labelled, given = _add_store_labels(drawn, given, store_labels, train)
    labelled, given, _, _ = _keep_for_calibration(keys, labelled, given)
    return GivenLabels(labelled, given, kept, tuple(names[number] for number in kept))


def _evaluation_note(split: Split, is_labelled: Bool[np.ndarray, " N"]) -> tuple[str, ...]:
    """Return a note about labels that cannot train a model, because their inputs evaluate it; none if all can.

    Args:
        split: the indices that train, validate and test.
        is_labelled: whether somebody labelled an input. The labels of data that are labelled throughout are left out:
            that some evaluate is what their split is for.
    """
    training, validation, test = (int(is_labelled[indices].sum()) for indices in split[:3])
    evaluating = validation + test
    if not evaluating or not split.labelled.size:
        return ()
    total = training + evaluating
    return (
        f"{evaluating} of {total} labels are of validation or test inputs, which evaluate the model and do not train it",
    )


def _keep_for_calibration(
    keys: DataTable, labelled: Int[np.ndarray, " L"], given: Int[np.ndarray, " L"]
) -> tuple[Int[np.ndarray, " l"], Int[np.ndarray, " l"], Int[np.ndarray, " C"], Int[np.ndarray, " C"]]:
    """Divide labelled inputs into those that train and those that calibrate, as `calibration_fraction` says.

    Args:
        keys: of `[data]`.
        labelled: inputs whose label is given.
        given: their labels.

    Returns:
        The inputs that train and their labels, and those that calibrate and theirs.
    """
    is_kept = keep_for_calibration(labelled, given, keys.calibration_fraction, keys.label_seed)
    return labelled[~is_kept], given[~is_kept], labelled[is_kept], given[is_kept]


def _calibration_note(split: Split) -> tuple[str, ...]:
    """Return a note about the labels that are kept for calibrators; none if all train."""
    kept = len(split.calibration)
    total = kept + len(split.labelled)
    return (f"{kept} of {total} labels are kept for calibration and do not train",) if kept else ()


def _weightless_note(dataset: Dataset, validation: Int[np.ndarray, " V"]) -> tuple[str, ...]:
    """Return a note about inputs that would train if their sample weight were not 0; none if all train."""
    given = np.setdiff1d(dataset.train, validation)
    left_out = len(given) - len(has_weight(given, dataset.sample_weights))
    if not left_out:
        return ()
    return (f"{left_out} of {len(given)} training inputs have the sample weight 0 and do not train",)


def _add_store_labels(
    labelled: Int[np.ndarray, " L"],
    given: Int[np.ndarray, " L"],
    store_labels: Int[np.ndarray, " N"],
    train: Int[np.ndarray, " T"],
) -> tuple[Int[np.ndarray, " M"], Int[np.ndarray, " M"]]:
    """Add the labels of the store to those that were drawn; they replace drawn labels of the same inputs.

    Args:
        labelled: inputs whose label was drawn.
        given: their labels.
        store_labels: of all inputs, -1 where the store has none.
        train: training inputs; only their labels count.

    Returns:
        The labelled inputs, sorted if the store changes anything, and their labels.
    """
    labels = np.full(len(store_labels), -1, given.dtype)
    labels[labelled] = given
    labels[train] = np.where(store_labels[train] >= 0, store_labels[train], labels[train])
    if np.array_equal(labels[labelled], given) and (labels >= 0).sum() == len(labelled):
        return labelled, given
    indices = np.sort(train[labels[train] >= 0])
    return indices, labels[indices]


def _class_numbers(class_names: tuple[str, ...], names: tuple[str, ...]) -> tuple[int, ...]:
    """Return the numbers of the classes in `data.held_out_classes`."""
    unknown = [name for name in names if name not in class_names]
    if unknown:
        listed = f"the classes are {quoted(class_names)}" if class_names else "the data have no classes"
        raise _SplitError(f"`data.held_out_classes`: unknown class `{unknown[0]}`", listed)
    return tuple(class_names.index(name) for name in names)


def _without_classes(dataset: Dataset, numbers: tuple[int, ...]) -> tuple[Dataset, Int[np.ndarray, " O"]]:
    """Remove classes from a data set.

    Args:
        dataset: as its part returned it.
        numbers: of the classes; those that only a label store knows are ignored.

    Returns:
        The data set with the other classes renumbered, and the sorted indices of the inputs that were removed.
    """
    if not numbers:
        return dataset, np.zeros(0, dataset.train.dtype)
    names = dataset.class_names
    labels, is_held_out = hold_out(dataset.labels, len(names), tuple(n for n in numbers if n < len(names)))
    kept = dataset._replace(
        labels=labels,
        train=dataset.train[~is_held_out[dataset.train]],
        test=dataset.test[~is_held_out[dataset.test]],
        class_names=tuple(name for number, name in enumerate(names) if number not in numbers),
    )
    if not kept.train.size or not kept.test.size:
        message = "`data.held_out_classes`: nothing is left to train on, or to test on"
        raise _SplitError(message, "hold out fewer classes")
    indices = np.concatenate([dataset.train, dataset.test])
    return kept, np.sort(indices[is_held_out[indices]])


def _train_and_validation(
    dataset: Dataset, keys: DataTable
) -> tuple[Int[np.ndarray, " T"], Int[np.ndarray, " V"]]:
    """Draw the inputs that train, all of which have a weight, and those that validate."""
    rest, validation = stratified_split(
        dataset.labels[dataset.train], keys.validation_fraction, keys.split_seed
    )
    if not validation.size:
        message = "`data.validation_fraction`: no class has two training inputs, so none can validate"
        raise _SplitError(message, "give more inputs")
    train, count = has_weight(dataset.train[rest], dataset.sample_weights), keys.training_inputs
    if not train.size:
        raise _SplitError("every training input has the sample weight 0", "give some a larger one")
    if count is not None:
        if count > train.size:
            message = f"`data.training_inputs` is {count}, but {train.size} are left beside validation"
            raise _SplitError(message, "use fewer")
        train = train[stratified_subset(dataset.labels[train], count, keys.split_seed)]
    return train, dataset.train[validation]


def _labelled(part: ResolvedPart, dataset: Dataset, train: Int[np.ndarray, " T"]) -> Int[np.ndarray, " L"]:
    """Choose the training inputs whose label is given.

    Args:
        part: the data part, with its keys.
        dataset: its data set, without held-out classes.
        train: training inputs.

    Returns:
        Sorted indices into the data set.
    """
    keys: DataTable = part.keys
    if not keys.draws_labels:
        return train[:0]
    if "data.labels" not in part.capabilities().provides:
        if keys.labels is not None or keys.labels_per_class is not None or keys.label_noise > 0:
            raise _SplitError(
                f"`[data]` asks for labels, but {part} has none", "remove the keys that concern labels"
            )
        return train[:0]
    try:
        if keys.labels is not None:
            chosen = spread_labels(dataset.labels, train, keys.labels, keys.label_seed)
        else:
            chosen = choose_labels(dataset.labels, train, keys.labels_per_class, keys.label_seed)
    except NotEnoughLabelsError as error:
        name = dataset.class_names[error.label]
        message = f"class `{name}` has {error.available} training inputs with a label"
        raise _SplitError(
            f"`data.labels_per_class` is {error.requested}, but {message}", "use fewer"
        ) from None
    except ValueError as error:
        raise _SplitError(f"`data.labels`: of the training inputs, {error}", "use fewer") from None
    if not chosen.size:
        message, remedy = (
            "no training input has a label",
            "set `labels = 0` in `[data]`, or label some inputs",
        )
        raise _SplitError(message, remedy)
    if keys.label_noise and len(dataset.class_names) == 1:
        message = "`data.label_noise`: the data have one class, so that no label can be replaced"
        raise _SplitError(message, "remove it")
    return chosen
