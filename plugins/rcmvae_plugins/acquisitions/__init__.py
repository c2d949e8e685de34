"""Acquisitions: which inputs a person should be asked to label."""

from __future__ import annotations

from rcmvae_core.declarations import Plugin

_HERE = "rcmvae_plugins.acquisitions"


def _acquisition(
    name: str,
    summary: str,
    *,
    params: str = "BatchParams",
    provides: tuple[str, ...] = (),
    requires: tuple[str, ...] = (),
) -> Plugin:
    impl = f"{_HERE}.{name}:{name}"
    record = params if ":" in params else f"{_HERE}.params:{params}"
    return Plugin(
        "acquisition", name, summary=summary, impl=impl, params=record, provides=provides, requires=requires
    )


_TAU = ("classifier.tau",)

PLUGINS: tuple[Plugin, ...] = (
    _acquisition("entropy", "The highest entropy of p(y|x).", requires=_TAU),
    _acquisition("margin", "The two likeliest classes are nearly equal.", requires=_TAU),
    _acquisition(
        "bald",
        "What the members of an ensemble disagree about: mutual information.",
        provides=("acquisition.epistemic",),
        requires=_TAU,
    ),
    _acquisition("ood", "The least like the training data, by the score that decides."),
    _acquisition("boundary", "Between channels that stand for different labels.", requires=_TAU),
    _acquisition(
        "typical",
        "The channels whose label is known least, their middle first: for the first labels.",
        params="rcmvae_core.params:NoParams",
        requires=_TAU,
    ),
    _acquisition("diverse", "The most unlike each other, in channels and latents.", params="DiverseParams"),
    _acquisition(
        "random", "Any, each equally likely: what others must beat.", params="rcmvae_core.params:NoParams"
    ),
)
