"""Sorts the features of a table by the likelihood that each has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from rcmvae_core.plugin.protocols import BuildContext, Units


class LevelGroup(NamedTuple):
    """Columns of equally many levels, which are computed together.

    Args:
        type: an `ordinal` has levels in an order, a `category` a feature for each, and a `flag` is 0 or 1.
        features: the features of each column.
        levels: the values of each column.
    """

    type: Literal["ordinal", "category", "flag"]
    features: tuple[tuple[int, ...], ...]
    levels: tuple[tuple[float, ...], ...]

    @property
    def size(self) -> int:
        """The number L of levels."""
        return len(self.levels[0])

    @property
    def outputs(self) -> int:
        """The number of outputs of the net that these columns need."""
        return len(self.features) * (self.size if self.type == "category" else 1)


class Singles(NamedTuple):
    """Columns of one feature without levels.

    Args:
        features: of each column.
        center: where likelihoods begin, as a `ColumnBlock` has it.
        spread: how wide they begin.
    """

    features: tuple[int, ...]
    center: tuple[float, ...]
    spread: tuple[float, ...]


class TableLayout(NamedTuple):
    """The features of a table by their likelihoods, in the order of the net's outputs.

    Args:
        units: how x relates to the values of the table.
        numbers: with a normal likelihood of x; center and spread are those of x.
        positives: with a normal likelihood of the logarithm.
        counts: with a Poisson likelihood.
        groups: with probabilities of levels.
    """

    units: Units
    numbers: Singles
    positives: Singles
    counts: Singles
    groups: tuple[LevelGroup, ...]

    @property
    def order(self) -> tuple[int, ...]:
        """The feature at each place of this layout."""
        singles = (*self.numbers.features, *self.positives.features, *self.counts.features)
        return (*singles, *(f for group in self.groups for column in group.features for f in column))

    @property
    def inverse(self) -> np.ndarray:
        """The place of each feature."""
        return np.argsort(np.array(self.order, np.int64))

    @classmethod
    def of(cls, context: BuildContext) -> TableLayout:
        """Return the layout for the columns of a context.

        Raises:
            ValueError: if the inputs are not the columns of a table.
        """
        blocks, units = context.columns, context.units or Units()
        count = sum(block.features for block in blocks)
        if context.input_shape != (count,):
            raise ValueError(
                f"inputs have the shape {list(context.input_shape)}, and the columns of a table {count} features"
            )
        singles: dict[str, list[tuple[int, float, float]]] = {"number": [], "positive": [], "count": []}
        groups: dict[tuple[str, int], list[tuple[tuple[int, ...], tuple[float, ...]]]] = {}
        start = 0
        for block in blocks:
            features = tuple(range(start, start + block.features))
            start += block.features
            if block.type in singles:
                singles[block.type].append((features[0], block.center, block.spread))
                continue
            # A category of two values has one feature, as a flag.
            type_ = "flag" if block.type == "category" and block.features == 1 else block.type
            levels = block.levels or tuple(map(float, range(block.features if type_ == "category" else 2)))
            groups.setdefault((type_, len(levels)), []).append((features, levels))
        return cls(
            units,
            _in_range(_columns(singles["number"]), units, count),
            _columns(singles["positive"]),
            _columns(singles["count"]),
            tuple(
                LevelGroup(type_, tuple(f for f, _ in columns), tuple(levels for _, levels in columns))  # pyright: ignore[reportArgumentType]
                for (type_, _), columns in sorted(groups.items())
            ),
        )


def _columns(rows: Sequence[tuple[int, float, float]]) -> Singles:
    features, center, spread = zip(*rows, strict=True) if rows else ((), (), ())
    return Singles(features, center, spread)


def _in_range(numbers: Singles, units: Units, count: int) -> Singles:
    """Return columns with center and spread in the range of x.

    Args:
        numbers: columns in the units of the table.
        units: of x.
        count: how many features there are.
    """
    at = list(numbers.features)
    ends = np.zeros((2, count))
    ends[0, at] = numbers.center
    ends[1, at] = np.asarray(numbers.center) + np.asarray(numbers.spread)
    center, beyond = units.scaled(ends)[:, at]
    spread = np.maximum(beyond - center, _LEAST_SPREAD)
    return Singles(numbers.features, tuple(center.tolist()), tuple(spread.tolist()))


_LEAST_SPREAD = 1e-3
"""The spread of x at least, whose range is about 1."""
