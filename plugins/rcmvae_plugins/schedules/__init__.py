"""Schedules: values of the step."""

from rcmvae_core.declarations import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "schedule",
        "constant",
        summary="The same value at every step; a bare number stands for it.",
        params="rcmvae_plugins.schedules.params:ConstantParams",
        impl="rcmvae_plugins.schedules.constant:constant",
    ),
    Plugin(
        "schedule",
        "linear",
        summary="From one value to another in a straight line.",
        params="rcmvae_plugins.schedules.params:LinearParams",
        impl="rcmvae_plugins.schedules.linear:linear",
    ),
    Plugin(
        "schedule",
        "cosine",
        summary="From one value to another along half a cosine: slow, fast, slow.",
        params="rcmvae_plugins.schedules.curve_params:CosineParams",
        impl="rcmvae_plugins.schedules.cosine:cosine",
    ),
    Plugin(
        "schedule",
        "exponential",
        summary="From one positive value to another by a constant factor a step.",
        params="rcmvae_plugins.schedules.curve_params:ExponentialParams",
        impl="rcmvae_plugins.schedules.exponential:exponential",
    ),
    Plugin(
        "schedule",
        "piecewise",
        summary="Given values at given times, in steps or joined by lines.",
        params="rcmvae_plugins.schedules.curve_params:PiecewiseParams",
        impl="rcmvae_plugins.schedules.piecewise:piecewise",
    ),
    Plugin(
        "schedule",
        "polynomial",
        summary="From one value to another by a power of the time that is left.",
        params="rcmvae_plugins.schedules.curve_params:PolynomialParams",
        impl="rcmvae_plugins.schedules.polynomial:polynomial",
    ),
    Plugin(
        "schedule",
        "steps",
        summary="A staircase: multiplied by a factor again and again, down to a floor.",
        params="rcmvae_plugins.schedules.cycle_params:StepsParams",
        impl="rcmvae_plugins.schedules.steps:steps",
    ),
    Plugin(
        "schedule",
        "cyclical",
        summary="A ramp, then its end, again and again.",
        params="rcmvae_plugins.schedules.cycle_params:CyclicalParams",
        impl="rcmvae_plugins.schedules.cyclical:cyclical",
    ),
    Plugin(
        "schedule",
        "sgdr",
        summary="Half a cosine down, again and again (warm restarts).",
        params="rcmvae_plugins.schedules.cycle_params:SgdrParams",
        impl="rcmvae_plugins.schedules.sgdr:sgdr",
    ),
    Plugin(
        "schedule",
        "warmup_cosine",
        summary="A line up to a peak, then half a cosine down.",
        params="rcmvae_plugins.schedules.warmup_params:WarmupCosineParams",
        impl="rcmvae_plugins.schedules.warmup_cosine:warmup_cosine",
    ),
    Plugin(
        "schedule",
        "warmup_exponential",
        summary="A line up to a peak, then down by a constant factor a step.",
        params="rcmvae_plugins.schedules.warmup_params:WarmupExponentialParams",
        impl="rcmvae_plugins.schedules.warmup_exponential:warmup_exponential",
    ),
    Plugin(
        "schedule",
        "one_cycle",
        summary="Half a cosine up to a peak, then another far down.",
        params="rcmvae_plugins.schedules.warmup_params:OneCycleParams",
        impl="rcmvae_plugins.schedules.one_cycle:one_cycle",
    ),
)
