"""Folds the smaller of many channels or classes into "others", so that a figure stays readable."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

OTHERS = "others"


class Folded(NamedTuple):
    """Which positions a figure shows one by one, and which it folds.

    Args:
        shown: the first positions, in their order.
        rest: those that are folded; empty if all are shown.
    """

    shown: Int[np.ndarray, " s"]
    rest: Int[np.ndarray, " r"]

    def names(self, names: list[str]) -> list[str]:
        """Return the names of the shown positions, then that of the rest if there is one."""
        return [names[place] for place in self.shown.tolist()] + [OTHERS] * bool(len(self.rest))

    def sums(self, values: Float[np.ndarray, "n *m"] | Int[np.ndarray, "n *m"]) -> np.ndarray:
        """Return the rows of the shown positions, then the sum of those of the rest if there is one."""
        rows = values[self.shown]
        return np.concatenate([rows, values[self.rest].sum(axis=0)[None]]) if len(self.rest) else rows

    def note(self, first: str, things: str) -> str:
        """Return what a title says about the rest; empty if there is none.

        Args:
            first: by what the shown ones are first, such as `most used`.
            things: what is shown, in the plural.

        Example:
            >>> fold(np.arange(9), 2).note("most used", "channels")
            '; 2 most used of 9 channels, rest in others'
        """
        if not len(self.rest):
            return ""
        total = len(self.shown) + len(self.rest)
        return f"; {len(self.shown)} {first} of {total} {things}, rest in {OTHERS}"


def fold(order: Int[np.ndarray, " n"], limit: int) -> Folded:
    """Show the first positions of an order, and fold the rest if there are more than `limit`."""
    return Folded(order[:limit], order[limit:])
