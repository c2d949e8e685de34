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
        params="rcmvae_plugins.schedules.params:CosineParams",
        impl="rcmvae_plugins.schedules.cosine:cosine",
    ),
    Plugin(
        "schedule",
        "exponential",
        summary="From one positive value to another by a constant factor a step.",
        params="rcmvae_plugins.schedules.params:ExponentialParams",
        impl="rcmvae_plugins.schedules.exponential:exponential",
    ),
    Plugin(
        "schedule",
        "piecewise",
        summary="Given values at given times, in steps or joined by lines.",
        params="rcmvae_plugins.schedules.params:PiecewiseParams",
        impl="rcmvae_plugins.schedules.piecewise:piecewise",
    ),
)
