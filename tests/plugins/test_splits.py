"""Splits and label draws: exact counts, disjoint, sorted, and functions of their seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rcmvae_core.data import choose_labels, stratified_split

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
