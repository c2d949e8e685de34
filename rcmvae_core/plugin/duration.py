"""Defines durations: lengths of training in steps or epochs."""

from __future__ import annotations

import re
from typing import Literal

import attrs

_MAX_LENGTH = 40
DURATION = re.compile(r"\s*(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*(steps?|epochs?)\s*", re.ASCII)
"""The form of a duration that is given as a string."""


@attrs.frozen
class Duration:
    """A length of training, in steps or epochs.

    Args:
        amount: the number of steps or epochs.
        unit: what `amount` counts.

    Example:
        >>> Duration.parse("30 epochs").steps(steps_per_epoch=10)
        300
        >>> Duration.parse(500).steps(steps_per_epoch=10)
        500
    """

    amount: float
    unit: Literal["steps", "epochs"] = "steps"

    @classmethod
    def parse(cls, value: object) -> Duration:
        """Read an integer (steps) or a string such as `"30 epochs"`.

        Returns:
            The duration.

        Raises:
            ValueError: if `value` is neither, or negative.
        """
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31:
            return cls(value)
        match = DURATION.fullmatch(value) if isinstance(value, str) and len(value) <= _MAX_LENGTH else None
        if match is None:
            raise ValueError('must be an integer (steps) or a string such as "30 epochs"')
        unit = "epochs" if match[2].startswith("epoch") else "steps"
        amount = float(match[1])
        if unit == "steps" and not amount.is_integer():
            raise ValueError("must be a whole number of steps")
        if amount >= 2**31:
            raise ValueError("must be less than 2**31")
        return cls(amount, unit)

    def steps(self, steps_per_epoch: int) -> int:
        """Return the duration in steps, rounded to the nearest integer."""
        return round(self.amount * (steps_per_epoch if self.unit == "epochs" else 1))

    def __str__(self) -> str:
        return (
            f"{self.amount!r} {self.unit}".replace(".0 ", " ")
            if self.unit == "epochs"
            else f"{self.amount:.0f}"
        )
