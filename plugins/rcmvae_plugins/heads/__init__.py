"""Declares heads: maps from features to the likelihood p(x|z, c)."""

from rcmvae_core.plugin.declaration import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "head",
        "bernoulli",
        summary="Bernoulli likelihood for each pixel; grey values in [0, 1] are allowed.",
        impl="rcmvae_plugins.heads.bernoulli:bernoulli",
        conflicts=("inputs.unbounded",),
    ),
    Plugin(
        "head",
        "gaussian",
        summary="Gaussian likelihood with a mean in (0, 1) and one sigma: fixed, learned, or optimal for the batch.",
        params="rcmvae_plugins.heads.params:GaussianParams",
        impl="rcmvae_plugins.heads.gaussian:gaussian",
    ),
    Plugin(
        "head",
        "heteroscedastic",
        summary="Gaussian likelihood with a mean in (0, 1) and a predicted sigma for each image or pixel.",
        params="rcmvae_plugins.heads.params:HeteroscedasticParams",
        impl="rcmvae_plugins.heads.heteroscedastic:heteroscedastic",
        provides=("head.sigma",),
    ),
)
