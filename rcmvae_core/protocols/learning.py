"""Classifiers and curricula: what is learnt beside the parameters, from step to step.

The axes are those of `rcmvae_core.protocols`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from jaxtyping import Array, Bool, Float, Int


class Classifier(NamedTuple):
    """Labels attached to channels.

    Args:
        init: `() -> state`.
        update: `(state, responsibilities [L K], labels [L]) -> state`; carries no gradient.
        tau: `state -> [K Y]`, rows sum to one.
        predict: `(state, responsibilities [B K]) -> [B Y]`, p(y|x).
        rebuild: `(responsibilities [L K], labels [L], usage [K], active [K], new [Y]) -> state`, from all labelled
            examples at once, whenever labels change; `new` are classes that had none before, at the start all of
            them. None where the state of `init` is the start, and labels do not change.
    """

    init: Callable[[], Any]
    update: Callable[[Any, Float[Array, "L K"], Int[Array, " L"]], Any]
    tau: Callable[[Any], Float[Array, "K Y"]]
    predict: Callable[[Any, Float[Array, "B K"]], Float[Array, "B Y"]]
    rebuild: Callable[..., Any] | None = None


class Factors(NamedTuple):
    """What the weights of loss terms are multiplied by, according to what a term is.

    Args:
        reconstruction: the factor of terms that provide `loss.reconstruction`.
        kl_latent: of those that provide `loss.kl_latent`.
        kl_channel: of those that provide `loss.kl_channel`.
        other: of all others.
    """

    reconstruction: Float[Array, ""]
    kl_latent: Float[Array, ""]
    kl_channel: Float[Array, ""]
    other: Float[Array, ""]


class Influence(NamedTuple):
    """What a curriculum does to a step.

    Args:
        logit_bias: added to the channel logits.
        temperature: factor on the routing's temperature.
        soft: whether channels are selected softly, whatever the routing would do.
        factors: factors on the weights of loss terms.
    """

    logit_bias: Float[Array, " K"]
    temperature: Float[Array, ""]
    soft: Bool[Array, ""]
    factors: Factors


class Progress(NamedTuple):
    """What a curriculum learns from an evaluation on the validation data.

    Args:
        step: steps done.
        reconstruction: mean -log p(x|z, c), in nats.
    """

    step: Int[Array, ""]
    reconstruction: Float[Array, ""]


class Curriculum(NamedTuple):
    """What is learnt when: arrays that change, under one compiled program.

    Args:
        init: `() -> state`, a pytree of arrays; part of every checkpoint.
        active: `(state, step) -> [K]`, the unlocked channels; asked between epochs.
        influence: `(state, step) -> Influence`; asked in every step.
        advance: `(state, Progress) -> state`, after an evaluation.
        split: None when an unlocked channel starts as it is; else it becomes a copy of the worst-reconstructing
            active one, with noise of this many standard deviations of each array.
    """

    init: Callable[[], Any]
    active: Callable[[Any, Int[Array, ""]], Bool[Array, " K"]]
    influence: Callable[[Any, Int[Array, ""]], Influence]
    advance: Callable[[Any, Progress], Any]
    split: float | None = None
