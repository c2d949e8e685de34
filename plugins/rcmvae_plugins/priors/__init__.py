"""Declares priors: p(c) and p(z|c)."""

from rcmvae_core.plugin.declaration import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "prior",
        "standard",
        summary="Standard normal N(0, I) without channels, as in a plain VAE.",
        impl="rcmvae_plugins.priors.standard:standard",
        conflicts=("channels.many",),
    ),
    Plugin(
        "prior",
        "mixture",
        summary="A channel c from pi, and a standard normal N(0, I) for the latent of each channel.",
        params="rcmvae_plugins.priors.params:MixtureParams",
        impl="rcmvae_plugins.priors.mixture:mixture",
        provides=("latent.channels",),
    ),
    Plugin(
        "prior",
        "vamp",
        summary="VampPrior: the encoder's posteriors of K learned pseudo-inputs, one for each channel.",
        params="rcmvae_plugins.priors.params:VampParams",
        impl="rcmvae_plugins.priors.vamp:vamp",
        provides=("latent.channels", "prior.marginal if layout.shared"),
    ),
    Plugin(
        "prior",
        "vamp_mixture",
        summary="Mixture of Gaussians with learned weights and variances, around the encoder's means of pseudo-inputs.",
        params="rcmvae_plugins.priors.params:VampMixtureParams",
        impl="rcmvae_plugins.priors.vamp_mixture:vamp_mixture",
        provides=("latent.channels", "prior.learned_pi", "prior.learned_variances"),
    ),
    Plugin(
        "prior",
        "geometric_mog",
        summary="Mixture of Gaussians with fixed centres on a circle or a square grid.",
        params="rcmvae_plugins.priors.params:GeometricMogParams",
        impl="rcmvae_plugins.priors.geometric_mog:geometric_mog",
        provides=("latent.channels",),
    ),
)
