"""Defines what the features of a table are, for likelihoods of each column by its type."""

from __future__ import annotations

from typing import Literal

import attrs

BlockType = Literal["number", "positive", "count", "ordinal", "category", "flag"]
"""The types of blocks; a date is a number, and a flag says that a value is missing."""


@attrs.frozen
class ColumnBlock:
    """Neighbouring features of a row that are one column of a table; values are those in the units of the table.

    Args:
        type: a `number` has any value, a `positive` one values above 0; a `count` is a whole number of at least 0; an
            `ordinal` has one of `levels`; a `category` has a feature for each of its values, which is 1 for this value and
            else 0, or one feature if it has two values; a `flag` is 0 or 1.
        features: how many features it has.
        levels: the values of an ordinal in the training rows, ascending.
        center: the mean of the training values; of a `positive`, that of their logarithms; of a `count`, the logarithm of
            the mean.
        spread: the standard deviation of the training values or of their logarithms; 1 for a constant and other types.
    """

    type: BlockType
    features: int = 1
    levels: tuple[float, ...] = ()
    center: float = 0.0
    spread: float = 1.0
