"""Declares encoders: maps from x to channel logits and Gaussian posteriors."""

from rcmvae_core.plugin.declaration import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "encoder",
        "dense",
        summary="Fully connected layers over the flattened input.",
        params="rcmvae_plugins.encoders.params:DenseParams",
        impl="rcmvae_plugins.encoders.dense:dense",
        provides=("encoder.channels",),
    ),
    Plugin(
        "encoder",
        "conv",
        summary="Strided convolutions over an image, then dense layers.",
        params="rcmvae_plugins.encoders.params:ConvParams",
        impl="rcmvae_plugins.encoders.conv:conv",
        provides=("encoder.channels",),
        requires=("data.image",),
    ),
    Plugin(
        "encoder",
        "resnet",
        summary="Residual blocks over an image, normalised by groups of features, then dense layers.",
        params="rcmvae_plugins.encoders.params:ResNetParams",
        impl="rcmvae_plugins.encoders.resnet:resnet",
        provides=("encoder.channels",),
        requires=("data.image",),
    ),
)
