"""Half a cosine between two values."""

from __future__ import annotations

from jaxtyping import Array, Float

from rcmvae_core.protocols import Context, Schedule
from rcmvae_plugins.schedules.curve_params import CosineParams
from rcmvae_plugins.schedules.interpolate import between, half_cosine, ramp


def cosine(params: CosineParams, context: Context) -> Schedule:
    """f(t) = start + (1 - cos πu)/2 · (end - start), u = clip((t - delay) / over, 0, 1); exact at both ends.

    Args:
        params: the ends, `over` and `delay`.
        context: steps in an epoch.

    Returns:
        A schedule, step to float32.

    Source: I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017.
    """

    def value(u: Float[Array, ""]) -> Float[Array, ""]:
        return between(params.start, params.end, half_cosine(u))

    return ramp(params.over, params.delay, context.steps_per_epoch, value)
