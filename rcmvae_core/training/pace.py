"""How many steps one call of the compiled program takes, so that a person who interrupts does not wait."""

from __future__ import annotations

import jax
import numpy as np
from jax.experimental import multihost_utils

from rcmvae_core.training.placement import Placement

_SECONDS = 0.5
_FIRST = 4


class Pace:
    """Calls of about half a second; the first one, which compiles, takes a single step.

    Of several processes the first one sets the pace for all, since they must make the same calls.

    Args:
        placement: the devices of the run.
    """

    def __init__(self, placement: Placement) -> None:
        self._many = placement.devices > 1 and jax.process_count() > 1
        self._step_seconds: float | None = None
        self._calls = 0

    def count(self, most: int) -> int:
        """Steps of the next call, at most `most`."""
        if self._calls == 0:
            wanted = 1
        elif self._step_seconds is None:
            wanted = _FIRST
        else:
            wanted = max(1, int(_SECONDS / max(self._step_seconds, 1e-6)))
        count = min(most, wanted)
        return int(multihost_utils.broadcast_one_to_all(np.int32(count))) if self._many else count

    def done(self, count: int, seconds: float, *, stop: bool) -> bool:
        """Learn from a call, and agree whether any process was asked to stop."""
        if self._calls > 0:  # the first one compiled
            self._step_seconds = seconds / count
        self._calls += 1
        return bool(np.any(multihost_utils.process_allgather(np.array(stop)))) if self._many else stop
