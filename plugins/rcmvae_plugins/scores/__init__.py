"""Scores: how unlike the training data an input is."""

from __future__ import annotations

from rcmvae_core.declarations import Plugin

_HERE = "rcmvae_plugins.scores"


def _score(
    name: str,
    summary: str,
    *,
    params: str = "rcmvae_core.params:NoParams",
    provides: tuple[str, ...] = (),
    requires: tuple[str, ...] = (),
) -> Plugin:
    impl = f"{_HERE}.{name}:{name}"
    return Plugin(
        "score", name, summary=summary, impl=impl, params=params, provides=provides, requires=requires
    )


PLUGINS: tuple[Plugin, ...] = (
    _score(
        "detail",
        "The squared error of a reconstruction, in units of the image's detail.",
        requires=("data.image",),
    ),
    _score(
        "unexplained",
        "The share of an input's own variation that its reconstruction does not explain.",
        provides=("score.decides",),
    ),
    _score(
        "reconstruction",
        "-log p(x|z, c), as a quantile of the training data.",
    ),
    _score(
        "elbo",
        "The negative ELBO, as a quantile of the training data.",
    ),
    _score(
        "channel",
        "How far the best pair of a channel and its label is from certain.",
        requires=("classifier.tau",),
    ),
    _score(
        "label",
        "How far the best label is from certain, whichever channels it comes from.",
        requires=("classifier.tau",),
    ),
    _score(
        "mixed",
        "A weighted mean of two scores, each as a quantile of the training data.",
        params=f"{_HERE}.params:MixedParams",
    ),
)
