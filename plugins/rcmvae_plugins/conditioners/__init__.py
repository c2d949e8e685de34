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
    Plugin(
        "conditioner",
        "cin",
        summary="Normalise features, then scale and shift them by linear maps of the channel's embedding.",
        impl="rcmvae_plugins.conditioners.cin:cin",
        provides=("decoder.channels",),
        requires=("latent.channels",),
    ),
    Plugin(
        "conditioner",
        "concat",
        summary="A linear map of the channel's embedding beside the features.",
        params="rcmvae_plugins.conditioners.params:ConcatParams",
        impl="rcmvae_plugins.conditioners.concat:concat",
        provides=("decoder.channels",),
        requires=("latent.channels",),
    ),
    Plugin(
        "conditioner",
        "component_aware",
        summary="Features and the channel's embedding each through a path of its own, then joined.",
        params="rcmvae_plugins.conditioners.params:ComponentAwareParams",
        impl="rcmvae_plugins.conditioners.component_aware:component_aware",
        provides=("decoder.channels",),
        requires=("latent.channels",),
    ),
)
