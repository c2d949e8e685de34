"""Defines classifiers and curricula, whose state changes from step to step beside the parameters.

The axes are those of `rcmvae_core.plugin.protocols`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from jaxtyping import Array, Bool, Float, Int


class Classifier(NamedTuple):
    """A classifier that attaches labels to channels.

    Args:
        init: `() -> state`.
        update: `(state, responsibilities [L K], labels [L]) -> state`; without a gradient.
        tau: `state -> [K Y]`; rows sum to one.
        predict: `(state, responsibilities [B K]) -> [B Y]`, p(y|x).
        rebuild: `(responsibilities [L K], labels [L], usage [K], active [K], new [Y]) -> state`, from all labelled
            examples at once, at the start and whenever labels change; `new` marks the classes without a label before,
            at the start all. None if training starts from the state of `init` and labels do not change.
        evidence: `state -> [K Y]`, how many labels of each class a channel has seen; None if it does not count.
    """

    init: Callable[[], Any]
    update: Callable[[Any, Float[Array, "L K"], Int[Array, " L"]], Any]
    tau: Callable[[Any], Float[Array, "K Y"]]
    predict: Callable[[Any, Float[Array, "B K"]], Float[Array, "B Y"]]
    rebuild: Callable[..., Any] | None = None
    evidence: Callable[[Any], Float[Array, "K Y"]] | None = None


class LossWeightFactors(NamedTuple):
    """Factors of the weights of loss terms, by the capability that a term provides.

    Args:
        reconstruction: the factor of terms that provide `loss.reconstruction`.
        kl_latent: the factor of terms that provide `loss.kl_latent`.
        kl_channel: the factor of terms that provide `loss.kl_channel`.
        other: the factor of all other terms.
    """

    reconstruction: Float[Array, ""]
    kl_latent: Float[Array, ""]
    kl_channel: Float[Array, ""]
    other: Float[Array, ""]


class CurriculumEffect(NamedTuple):
    """The effect of a curriculum on a step.

    Args:
        logit_bias: added to the channel logits.
        temperature: factor of the routing's temperature.
        soft: whether the weights are s = q, for any routing.
        weight_factors: factors of the weights of loss terms.
    """

    logit_bias: Float[Array, " K"]
    temperature: Float[Array, ""]
    soft: Bool[Array, ""]
    weight_factors: LossWeightFactors


class Progress(NamedTuple):
    """The result of an evaluation on the validation data that a curriculum receives.

    Args:
        step: the number of completed steps.
        reconstruction: mean of -log p(x|z, c), in nats.
    """

    step: Int[Array, ""]
    reconstruction: Float[Array, ""]


class Curriculum(NamedTuple):
    """A curriculum, which changes in the course of training what is learned; its state is arrays in one program.

    Args:
        init: `() -> state`, a pytree of arrays; part of every checkpoint.
        active: `(state, step) -> [K]`, the unlocked channels; called between epochs.
        effect: `(state, step) -> CurriculumEffect`; called in every step.
        advance: `(state, Progress) -> state`; called after an evaluation.
        split: None if a newly unlocked channel keeps its parameters; else it becomes a copy of the active channel with
            the worst reconstruction, plus noise of this many standard deviations of each array.
    """

    init: Callable[[], Any]
    active: Callable[[Any, Int[Array, ""]], Bool[Array, " K"]]
    effect: Callable[[Any, Int[Array, ""]], CurriculumEffect]
    advance: Callable[[Any, Progress], Any]
    split: float | None = None
