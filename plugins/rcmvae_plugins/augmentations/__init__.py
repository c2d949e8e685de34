"""Declares augmentations: random changes of an input that keep its class."""

from __future__ import annotations

from rcmvae_core.plugin.declaration import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "augmentation",
        "image",
        summary="Rotates, zooms, shears, shifts and mirrors images, and changes their brightness and colours.",
        params="rcmvae_plugins.augmentations.params:ImageParams",
        impl="rcmvae_plugins.augmentations.image:image",
        requires=("data.image",),
    ),
    Plugin(
        "augmentation",
        "noise",
        summary="Adds Gaussian noise to inputs and drops features.",
        params="rcmvae_plugins.augmentations.params:NoiseParams",
        impl="rcmvae_plugins.augmentations.noise:noise",
    ),
)
