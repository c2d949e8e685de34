"""Conditioners: how the channel's embedding acts on every layer of the decoder."""

from rcmvae_core.declarations import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "conditioner",
        "none",
        summary="Nothing: every channel is decoded alike.",
        impl="rcmvae_plugins.conditioners.none:none",
    ),
    Plugin(
        "conditioner",
        "film",
        summary="Scale and shift features by linear maps of the channel's embedding.",
        impl="rcmvae_plugins.conditioners.film:film",
        provides=("decoder.channels",),
        requires=("latent.channels",),
    ),
)
