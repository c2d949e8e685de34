"""Declares backbones: maps from a latent and an embedding to features."""

from rcmvae_core.plugin.declaration import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "backbone",
        "dense",
        summary="Fully connected layers, each with the conditioner.",
        params="rcmvae_plugins.backbones.params:DenseParams",
        impl="rcmvae_plugins.backbones.dense:dense",
    ),
    Plugin(
        "backbone",
        "conv",
        summary="Convolutions that double height and width, each with the conditioner.",
        params="rcmvae_plugins.backbones.params:ConvParams",
        impl="rcmvae_plugins.backbones.conv:conv",
        requires=("data.image",),
    ),
)
