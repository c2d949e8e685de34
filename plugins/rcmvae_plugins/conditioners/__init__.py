"""Declares conditioners: the effect of a channel's embedding on every layer of the decoder."""

from rcmvae_core.plugin.declaration import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "conditioner",
        "none",
        summary="No conditioning: all channels share one decoder.",
        impl="rcmvae_plugins.conditioners.none:none",
    ),
    Plugin(
        "conditioner",
        "film",
        summary="FiLM: scales and shifts features by linear maps of the channel's embedding.",
        impl="rcmvae_plugins.conditioners.film:film",
        provides=("decoder.channels", "decoder.covariates"),
        requires=("latent.channels",),
    ),
    Plugin(
        "conditioner",
        "cin",
        summary="Conditional instance normalisation: normalises features, then scales and shifts them as `film` does.",
        impl="rcmvae_plugins.conditioners.cin:cin",
        provides=("decoder.channels", "decoder.covariates"),
        requires=("latent.channels",),
    ),
    Plugin(
        "conditioner",
        "concat",
        summary="Appends a linear map of the channel's embedding to the features.",
        params="rcmvae_plugins.conditioners.params:ConcatParams",
        impl="rcmvae_plugins.conditioners.concat:concat",
        provides=("decoder.channels", "decoder.covariates"),
        requires=("latent.channels",),
    ),
    Plugin(
        "conditioner",
        "component_aware",
        summary="Passes features and the channel's embedding through separate layers, then adds the results.",
        params="rcmvae_plugins.conditioners.params:ComponentAwareParams",
        impl="rcmvae_plugins.conditioners.component_aware:component_aware",
        provides=("decoder.channels", "decoder.covariates"),
        requires=("latent.channels",),
    ),
)
