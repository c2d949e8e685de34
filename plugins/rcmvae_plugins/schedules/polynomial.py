"""A power of the time that is left."""

from __future__ import annotations

from jaxtyping import Array, Float

from rcmvae_core.protocols import Context, Schedule
from rcmvae_plugins.schedules.curve_params import PolynomialParams
from rcmvae_plugins.schedules.interpolate import between, ramp


def polynomial(params: PolynomialParams, context: Context) -> Schedule:
    """f(t) = end + (1 - u)^power (start - end), u = clip((t - delay) / over, 0, 1); exact at both ends.

    Args:
        params: the ends, `power`, `over` and `delay`.
        context: steps in an epoch.

    Returns:
        A schedule, step to float32.
    """

    def value(u: Float[Array, ""]) -> Float[Array, ""]:
        return between(params.end, params.start, (1 - u) ** params.power)

    return ramp(params.over, params.delay, context.steps_per_epoch, value)
