"""The linear warm-up before a decay, which schedules of this family share."""

from __future__ import annotations

from collections.abc import Callable

from rcmvae_core.params import Duration
from rcmvae_core.protocols import Context, Schedule
from rcmvae_plugins.schedules.interpolate import then
from rcmvae_plugins.schedules.linear import linear
from rcmvae_plugins.schedules.params import LinearParams
from rcmvae_plugins.schedules.warmup_params import WarmupCosineParams, WarmupExponentialParams


def warmed_up(
    params: WarmupCosineParams | WarmupExponentialParams,
    context: Context,
    decay: Callable[[Duration], Schedule],
) -> Schedule:
    """`start` to `peak` in a line over `warmup`, then `decay(the rest of over)`.

    Raises:
        ValueError: if the warm-up is longer than the whole.
    """
    warmup, whole = params.warmup.steps(context.steps_per_epoch), params.over.steps(context.steps_per_epoch)
    if warmup > whole:
        raise ValueError(f"the warm-up, {warmup} steps, is longer than the whole, {whole} steps")
    rise = linear(LinearParams(params.start, params.peak, Duration(warmup)), context)
    return then(rise, warmup, decay(Duration(whole - warmup)))
