"""Intervals and tests of few paired values, against SciPy, enumeration and simulation."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rcmvae_core.report.comparison.statistics import (
    bootstrap_interval,
    holm,
    mcnemar,
    sign_flip,
    spread,
)

FLOATS = st.floats(-1e3, 1e3, allow_nan=False).map(lambda value: round(value, 3))


@given(st.lists(FLOATS, min_size=2, max_size=12))
def test_the_interval_of_a_mean_is_student_s(values) -> None:
    found = spread(values)
    assert found.mean == pytest.approx(np.mean(values), abs=1e-9)
    assert found.std == pytest.approx(np.std(values, ddof=1), abs=1e-9)
    if found.std > 1e-9:
        interval = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
        assert (found.low, found.high) == pytest.approx(interval)


def test_one_value_has_no_spread() -> None:
    assert spread([3.0])[:2] == (1, 3.0)
    assert all(map(math.isnan, spread([3.0])[2:]))


@pytest.mark.parametrize("count", [2, 3, 5, 8])
def test_p_is_that_of_all_flips_of_signs(count) -> None:
    values = np.random.default_rng(count).normal(0.4, 1, count)
    expected = stats.permutation_test(
        (values,), np.mean, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
    ).pvalue
    found = sign_flip(values.tolist())
    assert found.p == pytest.approx(expected)
    assert found.least == 2 / 2**count


def test_the_least_p_of_five_pairs_is_a_sixteenth() -> None:
    assert sign_flip([0.1] * 5) == (0.0625, 0.0625)
    assert sign_flip([0.1, 0.1, 0.1, 0.1, -0.5]).p == 1


def test_many_pairs_are_flipped_at_random() -> None:
    """The p of normal differences is that of the t-test, up to the error of 100,000 draws."""
    values = np.random.default_rng(3).normal(0.3, 1, 40)
    expected = stats.ttest_1samp(values, 0).pvalue
    assert sign_flip(values.tolist()).p == pytest.approx(expected, abs=0.01)


def test_equal_differences_of_zero_say_nothing() -> None:
    assert sign_flip([0.0] * 6).p == 1


@pytest.mark.parametrize(("count", "low", "high"), [(5, 0.87, 0.92), (6, 0.925, 0.975), (30, 0.925, 0.975)])
def test_how_often_the_bootstrap_interval_covers_the_mean(count, low, high) -> None:
    """Of 600 normal samples, where a standard error is 0.9%; plain percentiles of five values cover 82% to 85%."""
    samples = np.random.default_rng(count).normal(2.0, 1.5, (600, count))
    intervals = map(bootstrap_interval, samples.tolist())
    assert low <= np.mean([below <= 2.0 <= above for below, above in intervals]) <= high


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_steps_down(p_values) -> None:
    """Against the definition: reject in order of p until one is above level / (m - k); the adjusted p is that level."""
    count = len(p_values)
    ordered = sorted(p_values)
    expected = [max(min(1, (count - k) * ordered[k]) for k in range(j + 1)) for j in range(count)]
    adjusted = holm(p_values)
    assert sorted(adjusted) == pytest.approx(expected)
    assert all(new >= old for new, old in zip(adjusted, p_values, strict=True))


def test_mcnemar_is_the_exact_binomial_test() -> None:
    first = np.array([1.0] * 9 + [0.0] * 2 + [1.0] * 5 + [0.0] * 4)
    second = np.array([0.0] * 9 + [1.0] * 2 + [1.0] * 5 + [0.0] * 4)
    tail = sum(math.comb(11, k) for k in range(3)) / 2**11
    assert mcnemar(first, second) == (9, 2, pytest.approx(2 * tail))
    assert mcnemar(first, first) == (0, 0, 1.0)


def test_the_null_is_rejected_as_often_as_the_level_says() -> None:
    """Under symmetric differences of seven pairs, p <= 0.05 happens in at most 5% of the flips of any sample."""
    values = np.abs(np.random.default_rng(0).standard_t(3, 7))
    p = [sign_flip((np.array(signs) * values).tolist()).p for signs in product((-1, 1), repeat=7)]
    assert np.mean(np.array(p) <= 0.05) <= 0.05
