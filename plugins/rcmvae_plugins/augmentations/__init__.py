"""Augmentations: random changes of inputs that keep what they are."""

from rcmvae_core.declarations import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "augmentation",
        "image",
        summary="Turns, zooms, shears, shifts and mirrors images, and changes their light and colour.",
        params="rcmvae_plugins.augmentations.params:ImageParams",
        impl="rcmvae_plugins.augmentations.image:image",
        requires=("data.image",),
    ),
    Plugin(
        "augmentation",
        "noise",
        summary="Adds Gaussian noise and drops features, of tables and images alike.",
        params="rcmvae_plugins.augmentations.params:NoiseParams",
        impl="rcmvae_plugins.augmentations.noise:noise",
    ),
)
