"""Losses: terms of the objective, a value for each example."""

from rcmvae_core.declarations import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "loss",
        "reconstruction",
        summary="-log p(x|z, c), expected over the selected channels.",
        params="rcmvae_plugins.losses.params:ReconstructionParams",
        impl="rcmvae_plugins.losses.reconstruction:reconstruction",
    ),
    Plugin(
        "loss",
        "kl_latent",
        summary="KL(q(z|x) || p(z|c)), expected over channels or summed.",
        params="rcmvae_plugins.losses.params:KlLatentParams",
        impl="rcmvae_plugins.losses.kl_latent:kl_latent",
    ),
    Plugin(
        "loss",
        "kl_channel",
        summary="KL(q(c|x) || pi).",
        impl="rcmvae_plugins.losses.kl_channel:kl_channel",
        requires=("latent.channels",),
        conflicts=("prior.marginal",),
    ),
    Plugin(
        "loss",
        "usage_entropy",
        summary="Entropy of the channels' usage: a positive weight sparsifies, a negative one spreads.",
        impl="rcmvae_plugins.losses.usage_entropy:usage_entropy",
        requires=("latent.channels",),
    ),
    Plugin(
        "loss",
        "supervised",
        summary="-log p(y|x) of the labelled batch, through tau.",
        impl="rcmvae_plugins.losses.supervised:supervised",
        requires=("classifier.tau", "labels.some"),
    ),
)
