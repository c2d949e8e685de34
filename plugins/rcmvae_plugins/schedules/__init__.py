"""Declares schedules: values that depend on the training step."""

from __future__ import annotations

from rcmvae_core.plugin.declaration import Plugin

_FAMILY = "rcmvae_plugins.schedules"


def _schedule(name: str, module: str, params: str, summary: str) -> Plugin:
    """Return the declaration of a schedule.

    Args:
        name: of the schedule and of its builder.
        module: of the builder, in this family.
        params: the class of its parameters in `params`.
        summary: one sentence.
    """
    return Plugin(
        "schedule",
        name,
        summary=summary,
        params=f"{_FAMILY}.params:{params}",
        impl=f"{_FAMILY}.{module}:{name}",
    )


PLUGINS: tuple[Plugin, ...] = (
    _schedule(
        "constant",
        "ramps",
        "ConstantParams",
        "The same value at every step; a plain number means this schedule.",
    ),
    _schedule("linear", "ramps", "LinearParams", "A line from one value to another."),
    _schedule(
        "cosine", "ramps", "CosineParams", "Half a cosine from one value to another: slow, fast, slow."
    ),
    _schedule(
        "exponential",
        "ramps",
        "ExponentialParams",
        "From one positive value to another by a constant factor per step.",
    ),
    _schedule(
        "piecewise",
        "piecewise",
        "PiecewiseParams",
        "Given values at given times, constant between them or linearly interpolated.",
    ),
    _schedule(
        "polynomial",
        "ramps",
        "PolynomialParams",
        "From one value to another by a power of the remaining fraction of time.",
    ),
    _schedule(
        "steps",
        "piecewise",
        "StepsParams",
        "A staircase: multiplied by a factor at regular intervals, down to a floor.",
    ),
    _schedule(
        "cyclical", "cyclic", "CyclicalParams", "Cycles of a ramp from one value to another, and a plateau."
    ),
    _schedule("sgdr", "cyclic", "SgdrParams", "Cosine decay with warm restarts."),
    _schedule(
        "warmup_cosine", "warmup", "WarmupCosineParams", "Linear warm-up to a peak, then cosine decay."
    ),
    _schedule(
        "warmup_exponential",
        "warmup",
        "WarmupExponentialParams",
        "Linear warm-up to a peak, then exponential decay.",
    ),
    _schedule(
        "one_cycle",
        "warmup",
        "OneCycleParams",
        "A cosine rise to a peak, then a cosine decay far below the start.",
    ),
)
