"""Declares curricula: changes of the objective and of the unlocked channels during training."""

from rcmvae_core.plugin.declaration import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "curriculum",
        "warmup",
        summary="Trains on the reconstruction only, then increases the weights of all other terms linearly.",
        params="rcmvae_plugins.curricula.params:WarmupParams",
        impl="rcmvae_plugins.curricula.warmup:warmup",
    ),
    Plugin(
        "curriculum",
        "annealing",
        summary="Multiplies the weights of the two KL terms by schedules, as in beta-annealing.",
        params="rcmvae_plugins.curricula.params:AnnealingParams",
        impl="rcmvae_plugins.curricula.annealing:annealing",
    ),
    Plugin(
        "curriculum",
        "channels",
        summary="Unlocks channels at given epochs or on a plateau, and supports the new ones for some time.",
        params="rcmvae_plugins.curricula.params:ChannelsParams",
        impl="rcmvae_plugins.curricula.channels:channels",
        requires=("latent.channels",),
    ),
)
