"""A linear warm-up, then half a cosine."""

from __future__ import annotations

from rcmvae_core.params import Duration
from rcmvae_core.protocols import Context, Schedule
from rcmvae_plugins.schedules.cosine import cosine
from rcmvae_plugins.schedules.curve_params import CosineParams
from rcmvae_plugins.schedules.warmup import warmed_up
from rcmvae_plugins.schedules.warmup_params import WarmupCosineParams


def warmup_cosine(params: WarmupCosineParams, context: Context) -> Schedule:
    """`start` to `peak` in a line, f(t) = start + (t / warmup) (peak - start), then half a cosine to `end`.

    Args:
        params: the three values, `warmup` and `over`.
        context: steps in an epoch.

    Returns:
        A schedule, step to float32; `peak` and `end` are exact.

    Raises:
        ValueError: if the warm-up is longer than the whole.

    Source: P. Goyal et al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour", 2017 (the warm-up).
    """

    def decay(over: Duration) -> Schedule:
        return cosine(CosineParams(params.peak, params.end, over), context)

    return warmed_up(params, context, decay)
