"""Channels and latents: what is inferred, which channels are decoded, and the prior over both.

The axes are those of `rcmvae_core.protocols`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol, runtime_checkable

from jaxtyping import Array, Bool, Float, Int, Key

from rcmvae_core.protocols.nets import NOWHERE, Params


class Inference(NamedTuple):
    """An encoder's output: channel logits and a diagonal Gaussian for each latent.

    Args:
        logits: of q(c|x), before curricula and locks.
        mean: of each Gaussian.
        log_var: log of its variances.
    """

    logits: Float[Array, "B K"]
    mean: Float[Array, "B k D"]
    log_var: Float[Array, "B k D"]


class RoutingContext(NamedTuple):
    """What a step tells its routing; computed once a step.

    Args:
        active: channels that are unlocked.
        step: steps done before this one.
        key: for noise; without one there is none (evaluation).
        temperature: what a curriculum multiplies the temperature by; 1 in evaluation.
        soft: whether a curriculum asks for s = q, whatever the routing would do; false in evaluation.
    """

    active: Bool[Array, " K"]
    step: Int[Array, ""]
    key: Key[Array, ""] | None
    temperature: Float[Array, ""]
    soft: Bool[Array, ""]


class Selection(NamedTuple):
    """Which channels are decoded, and how.

    Args:
        weights: of the decoded channels, summing to one.
        channels: which they are; one row for all inputs when every channel is decoded.
        mix_embeddings: whether every e_c is replaced by Σ_c q(c|x) e_c; None, known before tracing, is never.
    """

    weights: Float[Array, "B M"]
    channels: Int[Array, "B M"] | Int[Array, "1 M"]
    mix_embeddings: Bool[Array, ""] | None = None


@runtime_checkable
class Routing(Protocol):
    """Turn log q(c|x) into the channels to decode and their weights.

    For a locked channel log q is -inf, or so low that its exponential is exactly zero.
    """

    def __call__(self, log_responsibilities: Float[Array, "B K"], context: RoutingContext) -> Selection: ...


class Prior(NamedTuple):
    """p(c) and p(z|c).

    Args:
        init: `(key, inputs [n *x]) -> params`, from a sample of training inputs.
        log_pi: `params -> [K]`, log p(c).
        kl: `(params, inference, *, latents [B m D], encode, active [K], key) -> [B k]`, KL(q(z|x) || p(z|c));
            with the `shared` layout it may also give [B K], a value for each channel's p(z|c). `encode` is
            the encoder, x [n *x] -> Inference; `latents` are those of the decoded channels, and without a key
            their means.
        sample: `(params, key, count, *, encode) -> [count K D]`, z from each p(z|c).
        channel_axes: as of a `Net`.
        learning_rates: factors on the optimizer's learning rate, by the path of an array in `params`.
    """

    init: Callable[..., Params]
    log_pi: Callable[[Params], Float[Array, " K"]]
    kl: Callable[..., Float[Array, "B k"]]
    sample: Callable[..., Float[Array, "count K D"]]
    channel_axes: Mapping[str, int] = NOWHERE
    learning_rates: Mapping[str, float] = NOWHERE
