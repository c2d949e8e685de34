"""Declares scores, which measure how far an input is out of distribution."""

from __future__ import annotations

from rcmvae_core.plugin.declaration import Plugin

_FAMILY = "rcmvae_plugins.scores"


def _score(
    name: str,
    module: str,
    summary: str,
    *,
    params: str = "rcmvae_core.plugin.parameters:NoParams",
    provides: tuple[str, ...] = (),
    requires: tuple[str, ...] = (),
) -> Plugin:
    """Return the declaration of a score.

    Args:
        name: of the score and of its builder.
        module: of the builder, in this family.
        summary: one sentence.
        params: the path of the class of its parameters.
        provides: capabilities that it provides.
        requires: capabilities that it requires.
    """
    return Plugin(
        "score",
        name,
        summary=summary,
        impl=f"{_FAMILY}.{module}:{name}",
        params=params,
        provides=provides,
        requires=requires,
    )


PLUGINS: tuple[Plugin, ...] = (
    _score(
        "detail",
        "relative_error",
        "Squared error of the reconstruction, relative to the detail of the image.",
        requires=("data.image",),
    ),
    _score(
        "unexplained",
        "relative_error",
        "Fraction of an input's variation that its reconstruction does not explain.",
        provides=("score.decides",),
    ),
    _score("reconstruction", "likelihood", "-log p(x|z, c), as a quantile of the training data."),
    _score("elbo", "likelihood", "The negative ELBO, as a quantile of the training data."),
    _score(
        "channel",
        "confidence",
        "Uncertainty of the most probable pair of a channel and its label.",
        requires=("classifier.tau",),
    ),
    _score(
        "label",
        "confidence",
        "Uncertainty of the most probable label, over all channels.",
        requires=("classifier.tau",),
    ),
    _score("channel_entropy", "confidence", "Entropy of q(c|x), in nats: no channel is certain."),
    _score(
        "knn",
        "neighbours",
        "Distance to the k-th nearest training input in latent space.",
        params=f"{_FAMILY}.params:KnnParams",
    ),
    _score(
        "likelihood_regret",
        "regret",
        "How much better the best posterior of an input explains it than the encoder's.",
        params=f"{_FAMILY}.params:LikelihoodRegretParams",
        provides=("score.model",),
    ),
    _score(
        "mixed",
        "mixed",
        "Weighted mean of two scores, each as a quantile of the training data.",
        params=f"{_FAMILY}.params:MixedParams",
    ),
    _score(
        "fisher",
        "fisher",
        "Several scores as one: how rare an input is by all of them, by Fisher's method.",
        params=f"{_FAMILY}.params:FisherParams",
    ),
)
