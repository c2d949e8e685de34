"""Priors: p(c) and p(z|c)."""

from rcmvae_core.declarations import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "prior",
        "standard",
        summary="N(0, I), without channels: a plain VAE.",
        impl="rcmvae_plugins.priors.standard:standard",
        conflicts=("channels.many",),
    ),
    Plugin(
        "prior",
        "mixture",
        summary="A channel c from pi, and N(0, I) for the latent of each channel.",
        params="rcmvae_plugins.priors.params:MixtureParams",
        impl="rcmvae_plugins.priors.mixture:mixture",
        provides=("latent.channels",),
    ),
)
