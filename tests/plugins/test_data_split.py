"""The keys of `[data]`: which inputs train, validate and test, and which labels are given."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from rcmvae_core.data.split import split_dataset
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.plugin.core_tables import DataTable
from rcmvae_core.training.batches import visible_labels
from tests.plugins.given_data import CLASSES, PLACE, good, part


def divide(data=None, **keys):
    return split_dataset(part(None, **keys), good() if data is None else data)


def refused(data=None, **keys) -> str:
    with pytest.raises(RcmvaeError) as caught:
        divide(data, **keys)
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.place) == ("E302", PLACE)
    return "\n".join((diagnostic.message, *diagnostic.help))


@pytest.mark.parametrize(
    ("keys", "counts"),
    [
        ({}, [13, 13, 13, 13]),
        ({"labels_per_class": 3}, [3] * 4),
        ({"labels": 8}, [2] * 4),
        ({"labels": 0}, [0] * 4),
    ],
)
def test_as_many_labels_as_asked_for(keys, counts):
    data, split = divide(**keys)
    assert np.bincount(data.labels[split.labelled], minlength=4).tolist() == counts
    assert np.array_equal(split.given, data.labels[split.labelled])
    assert set(split.labelled) <= set(split.train)
    assert split.held_out.size == 0


def test_noise_is_in_what_is_given_and_never_in_the_truth():
    clean, before = divide(labels=40)
    data, split = divide(labels=40, label_noise=0.25)
    assert np.array_equal(data.labels, clean.labels)
    assert np.array_equal(split.labelled, before.labelled)
    assert (split.given != data.labels[split.labelled]).sum() == 10
    visible = visible_labels(data, split)
    assert np.array_equal(visible[split.labelled], split.given)
    others = np.setdiff1d(np.arange(80), split.labelled)
    assert (visible[others] == -1).all()


def test_held_out_classes_neither_train_nor_judge():
    data, split = divide(held_out_classes=("cat", "ant"))
    assert data.class_names == ("bee", "dog")
    truth = np.arange(80) % 4
    assert split.held_out.tolist() == [i for i in range(80) if truth[i] in (0, 2)]
    used = np.concatenate([split.train, split.validation, split.test])
    assert sorted([*used, *split.held_out]) == list(range(80))
    assert data.labels[used].tolist() == [{1: 0, 3: 1}[y] for y in truth[used].tolist()]
    assert (data.labels[split.held_out] == -1).all()
    assert set(split.given.tolist()) == {0, 1}


def test_fewer_training_inputs_leave_the_rest_as_it_is():
    _, every = divide()
    sizes = []
    for count in (8, 20, 52):
        data, split = divide(training_inputs=count)
        assert len(split.train) == count
        assert set(split.train) <= set(every.train)
        assert np.array_equal(split.validation, every.validation)
        assert np.bincount(data.labels[split.train]).tolist() == [count // 4] * 4
        sizes.append(set(split.train.tolist()))
    assert sizes[0] < sizes[1] < sizes[2] == set(every.train.tolist())


def test_a_class_without_given_labels_is_fine():
    data = good(labels=np.where(np.arange(80) % 4 == 2, 2, -1).astype(np.int32))
    _, split = divide(data, labels=5)
    assert split.given.tolist() == [2] * 5


@pytest.mark.parametrize(
    ("keys", "messages"),
    [
        ({"labels_per_class": 14}, ["is 14, but class `ant` has 13 training inputs"]),
        ({"labels": 53}, ["`data.labels`", "52 items have a label; 53"]),
        ({"training_inputs": 53}, ["`data.training_inputs` is 53, but 52"]),
        (
            {"held_out_classes": ("eel",)},
            ["unknown class `eel`", "the classes are `ant`, `bee`, `cat`, `dog`"],
        ),
        ({"held_out_classes": CLASSES}, ["nothing is left"]),
        (
            {"held_out_classes": CLASSES[:3], "label_noise": 0.1},
            ["`data.label_noise`: the data have one class"],
        ),
        ({"held_out_classes": ("bee",), "labels_per_class": 14}, ["class `ant`"]),
        ({"held_out_classes": ("ant",), "labels_per_class": 14}, ["class `bee`"]),
    ],
)
def test_what_the_data_cannot_give_is_told(keys, messages):
    text = refused(**keys)
    assert all(message in text for message in messages), text


def test_data_without_labels_give_none():
    bare = part(None, provides=("data.image",))
    data = good(labels=np.full(80, -1), class_names=())
    assert split_dataset(bare, data)[1].labelled.size == 0
    for keys in ({"labels": 3}, {"labels_per_class": 3}, {"label_noise": 0.5}):
        with pytest.raises(RcmvaeError, match="asks for labels, but data `given` has none"):
            split_dataset(attrs.evolve(bare, keys=DataTable(**keys)), data)
    assert "no training input has a label" in refused(data._replace(class_names=CLASSES))


def test_without_two_inputs_of_a_class_there_is_no_validation():
    data = good(labels=np.arange(80), train=np.arange(4), class_names=tuple(map(str, range(80))))
    assert "so none can validate" in refused(data)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"labels": 3, "labels_per_class": 3}, "exclude each other"),
        ({"labels": 0, "labels_per_class": 0}, "exclude each other"),
        ({"labels": 0, "label_noise": 0.1}, "needs labels"),
        ({"labels_per_class": 0, "label_noise": 0.1}, "needs labels"),
    ],
)
def test_keys_that_exclude_each_other(keys, message):
    with pytest.raises(ValueError, match=message):
        DataTable(**keys)


@pytest.mark.parametrize(
    ("keys", "any_labels"),
    [({}, True), ({"labels": 0}, False), ({"labels_per_class": 0}, False), ({"labels": 1}, True),
     ({"labels_per_class": 2}, True)],
)  # fmt: skip
def test_whether_labels_are_given(keys, any_labels):
    assert DataTable(**keys).gives_labels is any_labels
