"""Defines durations: lengths of training in steps, in epochs, or as a share of the run."""

from __future__ import annotations

import re
from typing import Literal, Protocol, runtime_checkable

import attrs

_MAX_LENGTH, _WHOLE = 40, 100
DURATION = re.compile(r"\s*(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*(steps?|epochs?|%)\s*", re.ASCII)
"""The form of a duration that is given as a string."""


@runtime_checkable
class RunLength(Protocol):
    """What a `BuildContext` says about the length of a run."""

    @property
    def steps_per_epoch(self) -> int: ...  # noqa: D102 - the class says it

    @property
    def epochs(self) -> int: ...  # noqa: D102


@attrs.frozen
class Duration:
    """A length of training, in steps, in epochs, or as a share of the run.

    Args:
        amount: the number of steps or epochs, or the share in percent.
        unit: what `amount` counts.

    Example:
        >>> Duration.parse("30 epochs").steps(steps_per_epoch=10)
        300
        >>> Duration.parse("10%").steps(steps_per_epoch=10, epochs=50)
        50
        >>> Duration.parse(500).steps(steps_per_epoch=10)
        500
    """

    amount: float
    unit: Literal["steps", "epochs", "%"] = "steps"

    @classmethod
    def parse(cls, value: object) -> Duration:
        """Read an integer (steps) or a string such as `"30 epochs"` or `"10%"`.

        Returns:
            The duration.

        Raises:
            ValueError: if `value` is neither, negative, or more than the run.
        """
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31:
            return cls(value)
        match = DURATION.fullmatch(value) if isinstance(value, str) and len(value) <= _MAX_LENGTH else None
        if match is None:
            raise ValueError('must be an integer (steps) or a string such as "30 epochs" or "10%"')
        unit = "%" if match[2] == "%" else "epochs" if match[2].startswith("epoch") else "steps"
        amount = float(match[1])
        if unit == "steps" and not amount.is_integer():
            raise ValueError("must be a whole number of steps")
        if unit == "%" and amount > _WHOLE:
            raise ValueError("must be at most 100%")
        if amount >= 2**31:
            raise ValueError("must be less than 2**31")
        return cls(amount, unit)

    def steps(self, steps_per_epoch: int, epochs: int | None = None) -> int:
        """Return the duration in steps, rounded to the nearest integer.

        Args:
            steps_per_epoch: the number of steps in an epoch.
            epochs: the number of epochs of the run, of which a duration can be a share.

        Raises:
            ValueError: if the duration is a share of the run, and `epochs` is not given.
        """
        if self.unit != "%":
            return round(self.amount * (steps_per_epoch if self.unit == "epochs" else 1))
        if epochs is None:
            raise ValueError(
                f'"{self}" is a share of the run, which this plugin cannot convert to steps: give steps or epochs'
            )
        return round(self.amount * steps_per_epoch * epochs / _WHOLE)

    def steps_in(self, run: RunLength) -> int:
        """Return the duration in steps of a run, such as that of a `BuildContext`."""
        return self.steps(run.steps_per_epoch, run.epochs)

    def __str__(self) -> str:
        if self.unit == "steps":
            return f"{self.amount:.0f}"
        number = repr(float(self.amount)).removesuffix(".0")
        return f"{number}%" if self.unit == "%" else f"{number} epochs"
