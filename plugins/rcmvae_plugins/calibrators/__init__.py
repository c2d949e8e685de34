"""Declares calibrators, which correct the probabilities of classes, or give sets of classes."""

from __future__ import annotations

from rcmvae_core.plugin.declaration import Plugin

_FAMILY = "rcmvae_plugins.calibrators"

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "calibrator",
        "temperature",
        summary="p(y|x) to the power of 1 / T, so that confidence is as high as accuracy.",
        impl=f"{_FAMILY}.temperature:temperature",
        params=f"{_FAMILY}.params:TemperatureParams",
        requires=("classifier.tau",),
    ),
    Plugin(
        "calibrator",
        "conformal",
        summary="Sets of classes that contain the true one with a promised probability.",
        impl=f"{_FAMILY}.conformal:conformal",
        params=f"{_FAMILY}.params:ConformalParams",
        requires=("classifier.tau",),
    ),
)
