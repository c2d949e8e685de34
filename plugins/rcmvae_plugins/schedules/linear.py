"""A line between two values."""

from __future__ import annotations

from rcmvae_core.protocols import Context, Schedule
from rcmvae_plugins.schedules.interpolate import between, ramp
from rcmvae_plugins.schedules.params import LinearParams


def linear(params: LinearParams, context: Context) -> Schedule:
    """f(t) = start + u (end - start), u = clip((t - delay) / over, 0, 1); exact at both ends.

    Args:
        params: the ends, `over` and `delay`.
        context: steps in an epoch.

    Returns:
        A schedule, step to float32.
    """
    start, end = params.start, params.end
    return ramp(params.over, params.delay, context.steps_per_epoch, lambda u: between(start, end, u))
