"""What people said in a label store, in the split of a run."""

from __future__ import annotations

import numpy as np
import pytest

from rcmvae_core.data.dataset import load_dataset
from rcmvae_core.data.fingerprint import item_ids
from rcmvae_core.data.label_overlay import identity
from rcmvae_core.data.split import split_dataset
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.labels.records import Provenance
from rcmvae_core.labels.store import LabelStore

BY = Provenance("a test")


@pytest.fixture(scope="module")
def digits(resolve_tiny):
    dataset = load_dataset(resolve_tiny().one("data"))
    return dataset, item_ids(dataset)


@pytest.fixture
def store(digits, tmp_path):
    with LabelStore(tmp_path / "labels.sqlite", identity(digits[0])) as opened:
        yield opened


@pytest.fixture
def divide(resolve_tiny, digits, store):
    """Split the digits with the store's labels and `--set` arguments."""

    def divide(*settings):
        named = f'data.label_store="{store.path}"'
        return split_dataset(resolve_tiny([named, *settings]).one("data"), digits[0])

    return divide


def test_an_empty_store_changes_nothing(resolve_tiny, digits, divide):
    plain, drawn = split_dataset(resolve_tiny().one("data"), digits[0])
    dataset, found = divide()
    assert found.revision == 0
    for mine, theirs in zip(found[:-1], drawn[:-1], strict=True):
        np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_array_equal(dataset.labels, plain.labels)


def test_what_people_say_counts_for_more_and_draws_stay_as_they_were(digits, store, divide):
    _, drawn = divide()
    wrong = int(drawn.labelled[0])
    fresh = int(np.setdiff1d(drawn.train, drawn.labelled)[0])
    judged = int(drawn.test[0])
    (number,) = [c.id for c in store.classes() if c.name == "7"]
    store.assign([digits[1][i] for i in (wrong, fresh, judged)], number, BY)
    dataset, found = divide()
    given = dict(zip(found.labelled.tolist(), found.given.tolist(), strict=True))
    before = dict(zip(drawn.labelled.tolist(), drawn.given.tolist(), strict=True))
    assert given == before | {wrong: number, fresh: number}, "a test input never trains"
    assert found.revision == 1
    np.testing.assert_array_equal(dataset.labels, digits[0].labels)
    for same in ("train", "validation", "test"):
        np.testing.assert_array_equal(getattr(found, same), getattr(drawn, same))


def test_a_pinned_revision_is_that_moment_for_ever(digits, store, divide):
    _, drawn = divide()
    target = digits[1][int(np.setdiff1d(drawn.train, drawn.labelled)[0])]
    store.assign([target], 1, BY)
    store.assign([target], 2, BY)
    for revision in (0, 1, 2):
        _, found = divide(f"data.label_revision={revision}")
        assert found.revision == revision
        assert len(found.labelled) == len(drawn.labelled) + (revision > 0)


def test_a_new_class_is_a_column_and_a_renamed_one_keeps_its_own(digits, store, divide):
    store.add_class("ink", BY)
    store.rename_class(3, "three", BY)
    _, drawn = divide()
    target = int(np.setdiff1d(drawn.train, drawn.labelled)[0])
    store.assign([digits[1][target]], store.find("ink").id, BY)
    dataset, found = divide()
    assert dataset.class_names == ("0", "1", "2", "three", "4", "5", "6", "7", "8", "9", "ink")
    assert found.given[found.labelled == target].tolist() == [10]


def test_a_merged_class_gives_its_inputs_to_the_other_and_a_retired_one_gives_them_up(digits, store, divide):
    store.merge_classes(7, 1, BY)
    store.retire_class(9, BY)
    dataset, found = divide()
    old = digits[0].labels
    np.testing.assert_array_equal(dataset.labels[old == 7], 1)
    np.testing.assert_array_equal(dataset.labels[old == 9], -1)
    assert set(found.given.tolist()) == {0, 1, 2, 3, 4, 5, 6, 8}
    assert len(dataset.class_names) == len(set(dataset.class_names)) == 10


def test_held_out_classes_are_named_as_people_name_them(digits, store, divide):
    store.rename_class(3, "three", BY)
    dataset, found = divide('data.held_out_classes=["three"]')
    assert dataset.class_names == ("0", "1", "2", "4", "5", "6", "7", "8", "9")
    np.testing.assert_array_equal(np.unique(digits[0].labels[found.held_out]), [3])


def test_labels_of_people_alone_are_enough(digits, store, divide):
    with pytest.raises(RcmvaeError, match="no training input has a label"):
        divide("data.labels_per_class=0")
    for number in range(40):
        store.assign([digits[1][number]], int(digits[0].labels[number]), BY)
    dataset, found = divide("data.labels_per_class=0")
    assert 0 < len(found.labelled) <= 40
    np.testing.assert_array_equal(dataset.labels[found.labelled], found.given)


def test_labels_of_inputs_that_evaluate_are_counted(digits, store, divide):
    def notes():
        return [note for note in divide()[0].notes if "do not train" in note]

    _, drawn = divide()
    store.assign([digits[1][i] for i in drawn.train[:5]], 1, BY)
    assert notes() == []
    store.assign([digits[1][i] for i in (*drawn.validation[:3], *drawn.test[:2])], 1, BY)
    expected = "5 of 10 labels are of validation or test inputs, which evaluate the model and do not train it"
    assert notes() == [expected]


WITHOUT_LABELS = ["data.labels_per_class=0", "classifier=false", "loss.labels=false"]


@pytest.mark.parametrize(
    ("settings", "counted"), [(["data.labels_per_class=1"], True), (WITHOUT_LABELS, False)]
)
def test_labels_of_a_data_set_are_counted_if_some_inputs_have_none(resolve_tiny, digits, settings, counted):
    labels = np.where(np.arange(len(digits[0].labels)) % 3 == 0, digits[0].labels, -1)
    part = resolve_tiny(settings).one("data")
    assert not any("do not train" in note for note in split_dataset(part, digits[0])[0].notes)
    dataset, split = split_dataset(part, digits[0]._replace(labels=labels))
    evaluating = (labels[np.concatenate([split.validation, split.test])] >= 0).sum()
    found = [note.partition(", which")[0] for note in dataset.notes if "do not train" in note]
    expected = f"{evaluating} of {(labels >= 0).sum()} labels are of validation or test inputs"
    assert found == ([expected] if counted else [])


def test_a_store_that_is_not_there_is_told_and_not_made(resolve_tiny, digits, tmp_path):
    missing = tmp_path / "none.sqlite"
    with pytest.raises(RcmvaeError) as caught:
        split_dataset(resolve_tiny([f'data.label_store="{missing}"']).one("data"), digits[0])
    assert [d.code for d in caught.value.diagnostics] == ["E302"]
    assert not missing.exists()
