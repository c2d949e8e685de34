"""Declares acquisitions, which choose inputs for labelling."""

from __future__ import annotations

from rcmvae_core.plugin.declaration import Plugin

_FAMILY = "rcmvae_plugins.acquisitions"
_NO_PARAMS = "rcmvae_core.plugin.parameters:NoParams"
_BATCH = f"{_FAMILY}.params:BatchParams"
_TAU = ("classifier.tau",)
_LABELLED = ("acquisition.labelled",)


def _acquisition(
    name: str,
    module: str,
    summary: str,
    *,
    params: str = _BATCH,
    provides: tuple[str, ...] = (),
    requires: tuple[str, ...] = (),
) -> Plugin:
    """Return the declaration of an acquisition.

    Args:
        name: of the acquisition and of its builder.
        module: of the builder, in this family.
        summary: one sentence.
        params: the path of the class of its parameters.
        provides: capabilities that it provides.
        requires: capabilities that it requires.
    """
    return Plugin(
        "acquisition",
        name,
        summary=summary,
        impl=f"{_FAMILY}.{module}:{name}",
        params=params,
        provides=provides,
        requires=requires,
    )


PLUGINS: tuple[Plugin, ...] = (
    _acquisition("entropy", "uncertainty", "Highest entropy of p(y|x).", requires=_TAU),
    _acquisition(
        "margin", "uncertainty", "Smallest difference between the two most probable classes.", requires=_TAU
    ),
    _acquisition(
        "bald",
        "uncertainty",
        "Largest disagreement of an ensemble: the mutual information of member and label.",
        provides=("acquisition.epistemic",),
        requires=_TAU,
    ),
    _acquisition("ood", "uncertainty", "Highest out-of-distribution score."),
    _acquisition(
        "boundary", "uncertainty", "On the boundary between channels of different labels.", requires=_TAU
    ),
    _acquisition(
        "typical",
        "coverage",
        "Typical inputs of the channels with the most uncertain label; for the first labels.",
        params=_NO_PARAMS,
    ),
    _acquisition(
        "diverse",
        "coverage",
        "Inputs that differ most from each other, in channels and latents.",
        params=f"{_FAMILY}.params:DiverseParams",
    ),
    _acquisition(
        "prob_cover",
        "covering",
        "Inputs in whose neighbourhood most candidates are that no label covers yet; for a model that has some labels.",
        params=f"{_FAMILY}.params:ProbCoverParams",
        provides=_LABELLED,
    ),
    _acquisition(
        "badge",
        "gradient",
        "Large and different gradients of the channel logits, for the label that the model predicts.",
        params=_NO_PARAMS,
        requires=_TAU,
    ),
    _acquisition(
        "two_phase",
        "two_phase",
        "One acquisition for the first labels, such as typical inputs, and another for all further ones.",
        params=f"{_FAMILY}.params:TwoPhaseParams",
        provides=_LABELLED,
    ),
    _acquisition("random", "coverage", "Uniformly random, the baseline.", params=_NO_PARAMS),
)
