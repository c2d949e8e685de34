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
    Plugin(
        "augmentation",
        "corrupt",
        summary="Replaces random features by those of other inputs, as SCARF does for tables.",
        params="rcmvae_plugins.augmentations.params:CorruptParams",
        impl="rcmvae_plugins.augmentations.corrupt:corrupt",
    ),
    Plugin(
        "augmentation",
        "crop",
        summary="Pads images and cuts them out at a random place.",
        params="rcmvae_plugins.augmentations.params:CropParams",
        impl="rcmvae_plugins.augmentations.crop:crop",
        requires=("data.image",),
    ),
    Plugin(
        "augmentation",
        "erase",
        summary="Erases random squares of images, as cutout does.",
        params="rcmvae_plugins.augmentations.params:EraseParams",
        impl="rcmvae_plugins.augmentations.erase:erase",
        requires=("data.image",),
    ),
    Plugin(
        "augmentation",
        "elastic",
        summary="Deforms images by a smooth random field.",
        params="rcmvae_plugins.augmentations.params:ElasticParams",
        impl="rcmvae_plugins.augmentations.elastic:elastic",
        requires=("data.image",),
    ),
    Plugin(
        "augmentation",
        "blur",
        summary="Blurs images by a Gaussian kernel of random width.",
        params="rcmvae_plugins.augmentations.params:BlurParams",
        impl="rcmvae_plugins.augmentations.blur:blur",
        requires=("data.image",),
    ),
    Plugin(
        "augmentation",
        "compose",
        summary="Applies several augmentations, or to each input some of them drawn at random.",
        params="rcmvae_plugins.augmentations.params:ComposeParams",
        impl="rcmvae_plugins.augmentations.compose:compose",
    ),
    Plugin(
        "augmentation",
        "weak",
        summary="Moves images a little: the view that gives the target.",
        params="rcmvae_plugins.augmentations.params:WeakParams",
        impl="rcmvae_plugins.augmentations.weak:weak",
        requires=("data.image",),
    ),
    Plugin(
        "augmentation",
        "strong",
        summary="Changes images strongly, by operations drawn at random: the view that has to match a target.",
        params="rcmvae_plugins.augmentations.params:StrongParams",
        impl="rcmvae_plugins.augmentations.strong:strong",
        requires=("data.image",),
    ),
)
