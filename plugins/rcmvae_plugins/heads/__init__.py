"""Declares heads: maps from features to the likelihood p(x|z, c)."""

from rcmvae_core.plugin.declaration import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "head",
        "bernoulli",
        summary="Bernoulli likelihood for each pixel; grey values in [0, 1] are allowed.",
        impl="rcmvae_plugins.heads.bernoulli:bernoulli",
        provides=("head.missing",),
        conflicts=("inputs.unbounded",),
    ),
    Plugin(
        "head",
        "categorical",
        summary="Probabilities of the levels of each pixel, for images or features of few grey values.",
        params="rcmvae_plugins.heads.params:CategoricalParams",
        impl="rcmvae_plugins.heads.categorical:categorical",
        provides=("head.missing",),
        conflicts=("inputs.unbounded",),
    ),
    Plugin(
        "head",
        "gaussian",
        summary="Gaussian likelihood with a mean in (0, 1) and one sigma: fixed, learned, or optimal for the batch.",
        params="rcmvae_plugins.heads.params:GaussianParams",
        impl="rcmvae_plugins.heads.gaussian:gaussian",
        provides=("head.missing",),
    ),
    Plugin(
        "head",
        "heteroscedastic",
        summary="Gaussian likelihood with a mean in (0, 1) and a predicted sigma for each image or pixel.",
        params="rcmvae_plugins.heads.params:HeteroscedasticParams",
        impl="rcmvae_plugins.heads.heteroscedastic:heteroscedastic",
        provides=("head.sigma", "head.missing"),
    ),
    Plugin(
        "head",
        "negative_binomial",
        summary="Negative binomial likelihood of counts, with a size factor and a learned dispersion.",
        params="rcmvae_plugins.heads.params:NegativeBinomialParams",
        impl="rcmvae_plugins.heads.negative_binomial:negative_binomial",
        requires=("inputs.counts",),
    ),
    Plugin(
        "head",
        "poisson",
        summary="Poisson likelihood of counts, with a size factor.",
        params="rcmvae_plugins.heads.params:PoissonParams",
        impl="rcmvae_plugins.heads.poisson:poisson",
        requires=("inputs.counts",),
    ),
    Plugin(
        "head",
        "table",
        summary="A likelihood of each column of a table by its type: number, positive, count, ordinal or category.",
        params="rcmvae_plugins.heads.params:TableParams",
        impl="rcmvae_plugins.heads.table:table",
        provides=("head.missing",),
        requires=("data.features", "data.columns", "inputs.values"),
    ),
    Plugin(
        "head",
        "zero_inflated_negative_binomial",
        summary="Negative binomial likelihood of counts with more zeros than their means explain.",
        params="rcmvae_plugins.heads.params:NegativeBinomialParams",
        impl="rcmvae_plugins.heads.negative_binomial:zero_inflated_negative_binomial",
        requires=("inputs.counts",),
    ),
)
