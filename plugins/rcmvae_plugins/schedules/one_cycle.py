"""Up to a peak and down again, once."""

from __future__ import annotations

from rcmvae_core.params import Duration
from rcmvae_core.protocols import Context, Schedule
from rcmvae_plugins.schedules.cosine import cosine
from rcmvae_plugins.schedules.curve_params import CosineParams
from rcmvae_plugins.schedules.interpolate import then
from rcmvae_plugins.schedules.warmup_params import OneCycleParams


def one_cycle(params: OneCycleParams, context: Context) -> Schedule:
    """Half a cosine from peak / start_divisor up to `peak`, another down to the first value / end_divisor.

    Args:
        params: the peak, the divisors, `over` and the share of it that rises, in whole steps.
        context: steps in an epoch.

    Returns:
        A schedule, step to float32; holds its last value.

    Source: L. N. Smith, N. Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large
    Learning Rates", 2018.
    """
    whole = params.over.steps(context.steps_per_epoch)
    rise = int(params.rise * whole)
    up = cosine(CosineParams(params.start, params.peak, Duration(rise)), context)
    down = cosine(CosineParams(params.peak, params.end, Duration(whole - rise)), context)
    return then(up, rise, down)
