"""Splits and label draws: exact counts, disjoint, sorted, and functions of their seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rcmvae_core.data.sampling import (
    choose_labels,
    flip_labels,
    hold_out,
    keep_for_calibration,
    spread_labels,
    stratified_split,
    stratified_subset,
)

LABELS = hnp.arrays(np.int32, st.integers(1, 60), elements=st.integers(-1, 5))
SEEDS = st.integers(0, 2**32 - 1)
FRACTIONS = st.floats(0.01, 0.99)


@given(LABELS, FRACTIONS, SEEDS)
def test_a_split_divides_every_class(labels, fraction, seed):
    rest, held_out = stratified_split(labels, fraction, seed)
    assert sorted([*rest, *held_out]) == list(range(labels.size))
    assert (np.diff(rest) > 0).all()
    assert (np.diff(held_out) > 0).all()
    for label in np.unique(labels):
        size, held = (labels == label).sum(), (labels[held_out] == label).sum()
        assert held == (0 if size == 1 else min(max(int(fraction * size + 0.5), 1), size - 1))


@given(LABELS, FRACTIONS, SEEDS)
def test_a_split_is_a_function_of_its_seed(labels, fraction, seed):
    first, again = (stratified_split(labels, fraction, seed) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


@given(LABELS, st.floats(0, 0.99), SEEDS)
def test_labels_are_kept_of_every_class_that_has_two(labels, fraction, seed):
    items = np.arange(labels.size) * 3
    kept = keep_for_calibration(items, labels, fraction, seed)
    for label in np.unique(labels):
        size, count = (labels == label).sum(), kept[labels == label].sum()
        least = 0 if size == 1 or not fraction else 1
        assert count == (min(max(int(fraction * size + 0.5), least), size - 1) if fraction else 0)


def test_the_order_in_which_labels_are_kept_does_not_depend_on_the_labels():
    """Whatever is labelled besides: of two inputs of a class the same one is kept first."""
    few, many = np.arange(0, 200, 4), np.arange(0, 200)
    kept_few = few[keep_for_calibration(few, np.zeros(50, int), 0.2, 3)]
    kept_many = set(many[keep_for_calibration(many, np.zeros(200, int), 0.2, 3)].tolist())
    first_of_few = [item for item in few.tolist() if item in kept_many]
    assert set(first_of_few) <= set(kept_few) or set(kept_few) <= set(first_of_few)
    assert not np.array_equal(kept_few, few[keep_for_calibration(few, np.zeros(50, int), 0.2, 4)])


def test_splits_of_other_seeds_differ():
    labels = np.arange(200) % 4
    first, second = (stratified_split(labels, 0.5, seed)[1] for seed in (0, 1))
    assert not np.array_equal(first, second)


def test_a_split_is_the_same_on_every_machine():
    assert stratified_split(np.arange(12) % 3, 0.25, 7)[1].tolist() == [0, 2, 10]


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.5, float("nan")])
def test_a_fraction_outside_its_interval_is_refused(fraction):
    with pytest.raises(ValueError, match=r"inside \(0, 1\)"):
        stratified_split(np.zeros(4, np.int32), fraction, 0)


@st.composite
def draws(draw):
    labels = draw(LABELS)
    size = draw(st.integers(0, labels.size))
    candidates = draw(st.permutations(range(labels.size)))[:size]
    return labels, np.array(candidates, np.int64)


@given(draws(), SEEDS, st.integers(0, 4))
def test_labels_are_chosen_alike_from_every_class_or_the_lack_is_named(drawn, seed, per_class):
    labels, candidates = drawn
    counts = {label: int((labels[candidates] == label).sum()) for label in np.unique(labels[labels >= 0])}
    short = next((label for label, count in counts.items() if count < per_class), None)
    if short is not None:
        with pytest.raises(ValueError, match=rf"class {short} has {counts[short]} items.*; {per_class} were"):
            choose_labels(labels, candidates, per_class, seed)
        return
    chosen = choose_labels(labels, candidates, per_class, seed)
    assert (np.diff(chosen) > 0).all()
    assert set(chosen) <= set(candidates)
    assert {label: (labels[chosen] == label).sum() for label in counts} == dict.fromkeys(counts, per_class)
    assert (labels[chosen] >= 0).all()


@given(draws(), SEEDS)
def test_without_a_number_every_known_label_is_given(drawn, seed):
    labels, candidates = drawn
    known = sorted(i for i in candidates if labels[i] >= 0)
    assert choose_labels(labels, candidates, None, seed).tolist() == known


@given(SEEDS)
def test_the_order_of_candidates_does_not_matter_and_more_labels_extend_fewer(seed):
    labels = np.arange(60) % 3
    candidates = np.arange(60)[10:50]
    few = choose_labels(labels, candidates, 2, seed)
    assert np.array_equal(few, choose_labels(labels, candidates[::-1], 2, seed))
    assert set(few) < set(choose_labels(labels, candidates, 5, seed))


@given(draws(), SEEDS, st.integers(0, 30))
def test_a_total_is_spread_as_evenly_as_the_classes_allow(drawn, seed, total):
    labels, candidates = drawn
    known = [i for i in candidates if labels[i] >= 0]
    if len(known) < total:
        with pytest.raises(ValueError, match=f"{len(known)} items have a label; {total} were"):
            spread_labels(labels, candidates, total, seed)
        return
    chosen = spread_labels(labels, candidates, total, seed)
    assert len(chosen) == total
    assert (np.diff(chosen) > 0).all()
    assert set(chosen) <= set(known)
    counts = {label: (labels[chosen] == label).sum() for label in set(labels[known])}
    open_ = [n for label, n in counts.items() if n < (labels[known] == label).sum()]
    # A class that could give more has at most one fewer than any other.
    assert not open_ or max(counts.values()) - min(open_) <= 1


@given(draws(), SEEDS, st.integers(0, 20), st.integers(0, 10))
def test_a_larger_total_extends_a_smaller_one_whatever_the_order(drawn, seed, total, more):
    labels, candidates = drawn
    known = int((labels[candidates] >= 0).sum())
    small, large = min(total, known), min(total + more, known)
    few = spread_labels(labels, candidates, small, seed)
    assert set(few) <= set(spread_labels(labels, candidates[::-1], large, seed))


@given(SEEDS, st.integers(0, 5))
def test_a_total_of_whole_rounds_is_as_many_of_each_class(seed, per_class):
    labels = np.arange(60) % 4
    total = spread_labels(labels, np.arange(60), 4 * per_class, seed)
    assert np.array_equal(total, choose_labels(labels, np.arange(60), per_class, seed))


def test_what_is_left_over_goes_to_other_classes_by_the_seed():
    labels = np.arange(60) % 4
    first = {int(labels[spread_labels(labels, np.arange(60), 1, seed)[0]]) for seed in range(30)}
    assert first == {0, 1, 2, 3}


GIVEN = hnp.arrays(np.int32, st.integers(0, 60), elements=st.integers(0, 4))


@given(GIVEN, st.floats(0, 0.99), SEEDS)
def test_noise_replaces_exactly_its_share_by_other_classes(labels, share, seed):
    before = labels.copy()
    noisy = flip_labels(labels, share, 5, seed)
    assert np.array_equal(labels, before)
    assert (noisy != labels).sum() == int(share * labels.size + 0.5)
    assert noisy.dtype == labels.dtype
    assert ((noisy >= 0) & (noisy < 5)).all()


@given(GIVEN, SEEDS, st.floats(0, 0.5), st.floats(0, 0.49))
def test_more_noise_keeps_the_wrong_labels_of_less(labels, seed, share, more):
    little, much = (flip_labels(labels, s, 5, seed) for s in (share, share + more))
    wrong = little != labels
    assert np.array_equal(little[wrong], much[wrong])


def test_every_other_class_is_as_likely():
    labels = np.full(8000, 2)
    counts = np.bincount(flip_labels(labels, 0.5, 5, 0), minlength=5)
    expected = 1000
    assert counts[2] == 4000
    assert np.abs(np.delete(counts, 2) - expected).max() < 4 * np.sqrt(4000 * 0.25 * 0.75)


def test_noise_needs_another_class():
    with pytest.raises(ValueError, match="no other class exists"):
        flip_labels(np.zeros(4, np.int32), 0.5, 1, 0)


@given(LABELS, st.sets(st.integers(0, 5)))
def test_held_out_classes_leave_the_others_in_order(labels, held):
    left, taken = hold_out(labels, 6, tuple(held))
    kept = [label for label in range(6) if label not in held]
    expected = [-1 if label < 0 or label in held else kept.index(label) for label in labels.tolist()]
    assert left.tolist() == expected
    assert taken.tolist() == [label in held for label in labels.tolist()]


@given(LABELS, SEEDS, st.data())
def test_a_subset_keeps_the_shares_of_classes(labels, seed, data):
    count = data.draw(st.integers(0, labels.size))
    chosen = stratified_subset(labels, count, seed)
    assert chosen.size == count
    assert (np.diff(chosen) > 0).all()
    sizes = {label: (labels == label).sum() for label in np.unique(labels)}
    seats = {label: (labels[chosen] == label).sum() for label in sizes}
    # The condition that defines Webster's apportionment: no seat would be better with another class.
    assert max((seats[a] - 0.5) / sizes[a] for a in sizes) <= min((seats[a] + 0.5) / sizes[a] for a in sizes)


@given(LABELS, SEEDS, st.data())
def test_a_larger_subset_holds_a_smaller_one(labels, seed, data):
    small = data.draw(st.integers(0, labels.size))
    large = data.draw(st.integers(small, labels.size))
    few, many = (stratified_subset(labels, count, seed) for count in (small, large))
    assert set(few) <= set(many)


def test_subsets_of_other_seeds_differ_and_one_too_large_is_refused():
    labels = np.arange(100) % 4
    first, second = (stratified_subset(labels, 20, seed) for seed in (0, 1))
    assert not np.array_equal(first, second)
    with pytest.raises(ValueError, match="100 items exist; 101"):
        stratified_subset(labels, 101, 0)


def test_draws_are_the_same_on_every_machine():
    labels = np.arange(12) % 3
    assert spread_labels(labels, np.arange(12), 4, 7).tolist() == [0, 2, 10, 11]
    assert flip_labels(labels, 0.25, 3, 7).tolist() == [0, 1, 2, 2, 1, 2, 1, 2, 2, 0, 1, 2]
    assert stratified_subset(labels, 4, 7).tolist() == [0, 1, 6, 11]
