"""Sparklines: one mark a column, in the order of the values."""

from __future__ import annotations

import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rcmvae_core.cli.sparkline import ASCII, BLOCKS, sparkline

FLOATS = st.floats(allow_nan=True, allow_infinity=True)
FINITE = st.floats(allow_nan=False, allow_infinity=False, width=32)


def test_by_hand() -> None:
    assert sparkline([], 5) == ""
    assert sparkline([3.0], 0) == ""
    assert sparkline([3.0, 3.0], 5) == "▄▄"
    assert sparkline(range(8), 8) == BLOCKS
    assert sparkline(range(8), 8, ASCII) == ASCII
    assert sparkline([0.0, 4.0, math.nan, math.inf, 8.0], 9) == "▁▅  █"
    assert sparkline([math.nan, math.inf], 9) == "  "
    assert sparkline([0.0, 2.0, 5.0, 7.0, math.nan, 7.0], 3) == "▁▇█"  # means 1, 6 and 7


@given(st.lists(FLOATS, max_size=50), st.integers(0, 60))
def test_there_is_a_mark_for_each_column(values, width) -> None:
    line = sparkline(values, width)
    assert len(line) == min(len(values), width)
    assert set(line) <= {*BLOCKS, " "}


@given(st.lists(FINITE, min_size=2, max_size=50, unique=True))
def test_the_least_value_is_low_and_the_greatest_high(values) -> None:
    line = sparkline(values, len(values))
    assert line[values.index(min(values))] == BLOCKS[0]
    assert line[values.index(max(values))] == BLOCKS[-1]


@given(st.lists(FINITE, min_size=1, max_size=50), st.integers(1, 60))
def test_rising_values_give_rising_marks(values, width) -> None:
    levels = [BLOCKS.index(mark) for mark in sparkline(sorted(values), width)]
    assert levels == sorted(levels)


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=50), st.integers(-100, 100), st.integers(0, 3))
def test_only_the_shape_counts(values, shift, power) -> None:
    line = sparkline([float(value) for value in values], 50)
    assert sparkline([2.0**power * (value + shift) for value in values], 50) == line


@pytest.mark.parametrize("low", [-1.7e308, 0.0])
def test_the_largest_floats(low) -> None:
    assert sparkline([low, 1.7e308], 2) == "▁█"
    assert sparkline([low, low, low, *3 * [sys.float_info.max]], 2) == "▁█"
