"""A linear warm-up, then a constant factor a step."""

from __future__ import annotations

from rcmvae_core.params import Duration
from rcmvae_core.protocols import Context, Schedule
from rcmvae_plugins.schedules.curve_params import ExponentialParams
from rcmvae_plugins.schedules.exponential import exponential
from rcmvae_plugins.schedules.warmup import warmed_up
from rcmvae_plugins.schedules.warmup_params import WarmupExponentialParams


def warmup_exponential(params: WarmupExponentialParams, context: Context) -> Schedule:
    """`start` to `peak` in a line over `warmup`, then peak · (end / peak)^u, u the share of what is left.

    Args:
        params: the three values, `warmup` and `over`.
        context: steps in an epoch.

    Returns:
        A schedule, step to float32; `peak` and `end` are exact.

    Raises:
        ValueError: if the warm-up is longer than the whole.
    """

    def decay(over: Duration) -> Schedule:
        return exponential(ExponentialParams(params.peak, params.end, over), context)

    return warmed_up(params, context, decay)
