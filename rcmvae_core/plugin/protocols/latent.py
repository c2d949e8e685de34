"""Defines what is inferred about channels and latents, which channels are decoded, and the prior over both.

The axes are those of `rcmvae_core.plugin.protocols`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol, runtime_checkable

from jaxtyping import Array, Bool, Float, Int, Key

from rcmvae_core.plugin.protocols.nets import NOWHERE, Params


class EncoderOutput(NamedTuple):
    """An encoder's output: channel logits and a diagonal Gaussian for each latent.

    Args:
        logits: logits of q(c|x), before curricula change them and locked channels are masked.
        mean: mean of each Gaussian.
        log_var: log variances of each Gaussian.
    """

    logits: Float[Array, "B K"]
    mean: Float[Array, "B k D"]
    log_var: Float[Array, "B k D"]


class RoutingContext(NamedTuple):
    """The state of a step that a routing depends on, computed once per step.

    Args:
        active: the unlocked channels.
        step: the number of steps before this one.
        key: the key of the noise; None in evaluation, which is without noise.
        temperature: a curriculum's factor on the temperature; 1 in evaluation.
        soft: whether a curriculum requires the weights s = q of any routing; false in evaluation.
    """

    active: Bool[Array, " K"]
    step: Int[Array, ""]
    key: Key[Array, ""] | None
    temperature: Float[Array, ""]
    soft: Bool[Array, ""]


class Selection(NamedTuple):
    """The channels that are decoded, and their weights.

    Args:
        weights: weights of the decoded channels; each row sums to one.
        channels: indices of the decoded channels of each input (top-m gating); None, statically, if every channel is
            decoded, in order, so that M = K.
        mix_embeddings: whether every e_c is replaced by Σ_c q(c|x) e_c; None, statically, means never.
    """

    weights: Float[Array, "B M"]
    channels: Int[Array, "B M"] | None = None
    mix_embeddings: Bool[Array, ""] | None = None


@runtime_checkable
class Routing(Protocol):
    """Select the channels to decode and their weights from log q(c|x).

    For a locked channel log q is -inf, or so low that its exponential is exactly zero.
    """

    def __call__(self, log_responsibilities: Float[Array, "B K"], context: RoutingContext) -> Selection: ...


class Prior(NamedTuple):
    """The prior, p(c) and p(z|c).

    Args:
        init: `(key, inputs [n *x]) -> params`, from a sample of training inputs.
        log_pi: `params -> [K]`, log p(c).
        kl: `(params, inference, *, latents [B m D], encode, active [K], key) -> [B k]`, KL(q(z|x) || p(z|c));
            in the `shared` layout it may also return [B K], one value per channel's p(z|c). `encode` is
            the encoder, x [n *x] -> EncoderOutput; `latents` are those of the decoded channels, their means if `key`
            is None.
        sample: `(params, key, count, *, encode) -> [count K D]`, z from each p(z|c).
        channel_axes: as of a `Net`.
        learning_rates: factors of the optimizer's learning rate, by the path of an array in `params`.
        log_prob: `(params, latents [B k D], *, encode) -> [B K]`, log p(z|c), joint over D; None if there is no density,
            and then the report has no importance-weighted bound.
        means: `(params, *, encode) -> [K D]`, the mean of each p(z|c); None lets reports estimate it from samples.
        pseudo_inputs: `params -> [K *x]`, the inputs in [0, 1] whose posteriors the p(z|c) are; None without any.
    """

    init: Callable[..., Params]
    log_pi: Callable[[Params], Float[Array, " K"]]
    kl: Callable[..., Float[Array, "B k"]]
    sample: Callable[..., Float[Array, "count K D"]]
    channel_axes: Mapping[str, int] = NOWHERE
    learning_rates: Mapping[str, float] = NOWHERE
    log_prob: Callable[..., Float[Array, "B K"]] | None = None
    means: Callable[..., Float[Array, "K D"]] | None = None
    pseudo_inputs: Callable[[Params], Float[Array, "K *x"]] | None = None
