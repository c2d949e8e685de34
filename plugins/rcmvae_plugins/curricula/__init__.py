"""Curricula: what is learnt when."""

from rcmvae_core.declarations import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "curriculum",
        "warmup",
        summary="Reconstruction first: every other term waits, then comes in along a line.",
        params="rcmvae_plugins.curricula.params:WarmupParams",
        impl="rcmvae_plugins.curricula.warmup:warmup",
    ),
    Plugin(
        "curriculum",
        "annealing",
        summary="Factors on the KL terms by schedule: beta of the latents and beta of the channel.",
        params="rcmvae_plugins.curricula.params:AnnealingParams",
        impl="rcmvae_plugins.curricula.annealing:annealing",
    ),
    Plugin(
        "curriculum",
        "channels",
        summary="Unlock channels by epoch or on a plateau, and help the new ones for a while.",
        params="rcmvae_plugins.curricula.params:ChannelsParams",
        impl="rcmvae_plugins.curricula.channels:channels",
        requires=("latent.channels",),
    ),
)
