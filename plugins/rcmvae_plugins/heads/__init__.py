"""Heads: features to p(x|z, c)."""

from rcmvae_core.declarations import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "head",
        "bernoulli",
        summary="A probability for each pixel; grey values in [0, 1] are allowed.",
        impl="rcmvae_plugins.heads.bernoulli:bernoulli",
    ),
    Plugin(
        "head",
        "gaussian",
        summary="A mean in (0, 1), and one sigma: fixed, learned, or the optimum of the batch.",
        params="rcmvae_plugins.heads.params:GaussianParams",
        impl="rcmvae_plugins.heads.gaussian:gaussian",
    ),
    Plugin(
        "head",
        "heteroscedastic",
        summary="A mean in (0, 1), and a sigma that depends on the input, for each image or pixel.",
        params="rcmvae_plugins.heads.params:HeteroscedasticParams",
        impl="rcmvae_plugins.heads.heteroscedastic:heteroscedastic",
        provides=("head.sigma",),
    ),
)
