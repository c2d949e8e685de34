"""Chooses how many steps one call of the compiled program takes, so that an interruption takes effect soon."""

from __future__ import annotations

import jax
import numpy as np
from jax.experimental import multihost_utils

from rcmvae_core.training.sharding import DeviceMesh

_SECONDS = 0.5
"""Time that a call should take."""
_SECOND_CALL = 4
"""Steps of the second call, from which the time of a step is measured first."""


class StepsPerCall:
    """Calls of about half a second; the first one, which compiles, takes a single step.

    Of several processes the first decides for all of them, since they must make the same calls.

    Args:
        mesh: the devices of the run.
    """

    def __init__(self, mesh: DeviceMesh) -> None:
        self._several_processes = mesh.size > 1 and jax.process_count() > 1
        self._step_seconds: float | None = None
        self._calls = 0

    def count(self, most: int) -> int:
        """Return the number of steps of the next call, at most `most`."""
        if self._calls == 0:
            steps = 1
        elif self._step_seconds is None:
            steps = _SECOND_CALL
        else:
            steps = max(1, int(_SECONDS / max(self._step_seconds, 1e-6)))
        steps = min(most, steps)
        if not self._several_processes:
            return steps
        return int(multihost_utils.broadcast_one_to_all(np.int32(steps)))

    def record(self, count: int, seconds: float, *, stop: bool) -> bool:
        """Record the time of a call, and agree with all processes whether to stop.

        Args:
            count: steps of the call.
            seconds: time that it took.
            stop: whether this process was asked to stop.

        Returns:
            Whether any process was asked to stop.
        """
        if self._calls > 0:  # the first call compiled, and its time says nothing about a step
            self._step_seconds = seconds / count
        self._calls += 1
        return (
            bool(np.any(multihost_utils.process_allgather(np.array(stop))))
            if self._several_processes
            else stop
        )
