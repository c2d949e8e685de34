"""Builds schedules that rise to a peak and decay from it."""

from __future__ import annotations

from collections.abc import Callable

from rcmvae_core.plugin.duration import Duration
from rcmvae_core.plugin.protocols import BuildContext, Schedule
from rcmvae_plugins.schedules._interpolate import then
from rcmvae_plugins.schedules.params import (
    CosineParams,
    ExponentialParams,
    LinearParams,
    OneCycleParams,
    WarmupCosineParams,
    WarmupExponentialParams,
)
from rcmvae_plugins.schedules.ramps import cosine, exponential, linear


def warmup_cosine(params: WarmupCosineParams, context: BuildContext) -> Schedule:
    """Build f(t) = start + (t / warmup) (peak - start) during the warm-up, then half a cosine from `peak` to `end`.

    Args:
        params: `start`, `peak`, `end`, `warmup` and `over`.
        context: steps per epoch.

    Returns:
        A schedule from a step to a float32 scalar; `peak` and `end` are exact.

    Raises:
        ValueError: if the warm-up is longer than `over`.

    Source: P. Goyal et al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour", 2017 (the warm-up).
    """

    def decay(over: Duration) -> Schedule:
        return cosine(CosineParams(params.peak, params.end, over), context)

    return _with_warmup(params, context, decay)


def warmup_exponential(params: WarmupExponentialParams, context: BuildContext) -> Schedule:
    """Build f(t) = start + (t / warmup) (peak - start) during the warm-up, then peak · (end / peak)^u.

    u is the fraction of the time after the warm-up.

    Args:
        params: `start`, `peak`, `end`, `warmup` and `over`.
        context: steps per epoch.

    Returns:
        A schedule from a step to a float32 scalar; `peak` and `end` are exact.

    Raises:
        ValueError: if the warm-up is longer than `over`.
    """

    def decay(over: Duration) -> Schedule:
        return exponential(ExponentialParams(params.peak, params.end, over), context)

    return _with_warmup(params, context, decay)


def one_cycle(params: OneCycleParams, context: BuildContext) -> Schedule:
    """Build half a cosine from peak / start_divisor to `peak`, then another down to the initial value / end_divisor.

    Args:
        params: `peak`, the divisors, `over` and `rise`, whose duration is rounded down to whole steps.
        context: steps per epoch.

    Returns:
        A schedule from a step to a float32 scalar; it keeps its final value.

    Source: L. N. Smith, N. Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large
    Learning Rates", 2018.
    """
    total = params.over.steps_in(context)
    rise = int(params.rise * total)
    up = cosine(CosineParams(params.start, params.peak, Duration(rise)), context)
    down = cosine(CosineParams(params.peak, params.end, Duration(total - rise)), context)
    return then(up, rise, down)


def _with_warmup(
    params: WarmupCosineParams | WarmupExponentialParams,
    context: BuildContext,
    decay: Callable[[Duration], Schedule],
) -> Schedule:
    """Put a line from `start` to `peak` before a decay.

    Args:
        params: `start`, `peak`, `warmup` and `over`.
        context: steps per epoch.
        decay: builds the decay from its duration, which is that of `over` without the warm-up.

    Raises:
        ValueError: if the warm-up is longer than `over`.
    """
    warmup, total = params.warmup.steps_in(context), params.over.steps_in(context)
    if warmup > total:
        raise ValueError(f"`warmup` must be at most `over`, {total} steps, got {warmup} steps")
    rise = linear(LinearParams(params.start, params.peak, Duration(warmup)), context)
    return then(rise, warmup, decay(Duration(total - warmup)))
