"""Backbones: latent and embedding to features."""

from rcmvae_core.declarations import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "backbone",
        "dense",
        summary="Fully connected layers, the conditioner on each.",
        params="rcmvae_plugins.backbones.params:DenseParams",
        impl="rcmvae_plugins.backbones.dense:dense",
    ),
    Plugin(
        "backbone",
        "conv",
        summary="Convolutions on maps of doubling sides, the conditioner on each.",
        params="rcmvae_plugins.backbones.params:ConvParams",
        impl="rcmvae_plugins.backbones.conv:conv",
        requires=("data.image",),
    ),
)
