"""Parameters of schedules. `extent` is the lowest and the highest value, to check a parameter's bounds."""

from __future__ import annotations

import attrs

from rcmvae_core.params import Duration, param

_LIMIT = 1e12


@attrs.frozen
class ConstantParams:
    """`constant`."""

    value: float = param(doc="The value.", ge=-_LIMIT, le=_LIMIT)

    def extent(self) -> tuple[float, float]:
        """Lowest and highest value."""
        return self.value, self.value


@attrs.frozen
class LinearParams:
    """`linear`."""

    start: float = param(doc="Value at first.", ge=-_LIMIT, le=_LIMIT)
    end: float = param(doc="Value at the end, and from then on.", ge=-_LIMIT, le=_LIMIT)
    over: Duration = param(doc="How long the change takes.")
    delay: Duration = param(Duration(0), doc="How long the first value is kept.")

    def extent(self) -> tuple[float, float]:
        """Lowest and highest value."""
        return min(self.start, self.end), max(self.start, self.end)
