"""The objective: loss terms, what they read, and schedules and augmentations for them.

The axes are those of `rcmvae_core.protocols`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol, runtime_checkable

from jaxtyping import Array, Bool, Float, Int, Key, Num

from rcmvae_core.protocols.latent import Inference, Selection
from rcmvae_core.protocols.likelihood import Likelihood
from rcmvae_core.protocols.nets import Params


class Forward(NamedTuple):
    """One pass of the model over a batch.

    Args:
        inference: the encoder's output.
        log_responsibilities: log q(c|x), over the unlocked channels.
        responsibilities: q(c|x).
        selection: the channels that are decoded.
        latents: of the decoded channels, one where all share it.
        likelihood: of the head.
        nll: -log p(x|z, c) in nats, with m = M columns, or one when every channel decodes alike.
        blended_nll: that of `Head.blend`, the weighted mean over channels.
        kl: KL(q(z|x) || p(z|c)) in nats, [B k], or [B K] where the prior tells channels apart.
        log_pi: log p(c), over the unlocked channels.
        embeddings: e_c of every channel.
    """

    inference: Inference
    log_responsibilities: Float[Array, "B K"]
    responsibilities: Float[Array, "B K"]
    selection: Selection
    latents: Float[Array, "B m D"]
    likelihood: Likelihood
    nll: Float[Array, "B m"]
    blended_nll: Float[Array, " B"]
    kl: Float[Array, "B j"]
    log_pi: Float[Array, " K"]
    embeddings: Float[Array, "K E"]


class Labelled(NamedTuple):
    """The labelled batch, through the encoder only.

    Args:
        inference: the encoder's output.
        log_responsibilities: log q(c|x), over the unlocked channels.
        labels: the class of each input, never -1.
        tau: τ as it stood before this step; no columns without a classifier.
    """

    inference: Inference
    log_responsibilities: Float[Array, "L K"]
    labels: Int[Array, " L"]
    tau: Float[Array, "K Y"]


class LossInputs(NamedTuple):
    """What a loss term may read.

    Args:
        x: the batch, in [0, 1].
        forward: the model's pass over it.
        labelled: the labelled batch; None when the run has no labels.
        usage: running mean of q(c|x), this batch included; its gradient is the batch mean's.
        active: channels that are unlocked.
        step: steps done before this one.
        key: this term's own key.
        params: parameters of every part, by part.
        infer: `x [n *x] -> log q(c|x) [n K]`, of other inputs under the same parameters.
        sample: `(key, count) -> z [count K D]`, from each p(z|c).
    """

    x: Float[Array, "B *x"]
    forward: Forward
    labelled: Labelled | None
    usage: Float[Array, " K"]
    active: Bool[Array, " K"]
    step: Int[Array, ""]
    key: Key[Array, ""]
    params: Params
    infer: Callable[[Float[Array, "n *x"]], Float[Array, "n K"]]
    sample: Callable[[Key[Array, ""], int], Float[Array, "count K D"]]


@runtime_checkable
class LossTerm(Protocol):
    """One value an example, of the batch or of the labelled batch; the core takes the mean and the weight.

    A term of the batch as a whole (an entropy of the usage, say) repeats its value for every example.
    """

    def __call__(self, inputs: LossInputs) -> Float[Array, " N"]: ...


class LossOutput(NamedTuple):
    """The weighted sum that is minimised, and every term before its weight, by label."""

    total: Float[Array, ""]
    terms: dict[str, Float[Array, ""]]


@runtime_checkable
class Schedule(Protocol):
    """A value of the step, traceable."""

    def __call__(self, step: Int[Array, ""]) -> Num[Array, ""]: ...


@runtime_checkable
class Augmentation(Protocol):
    """A random change of inputs that keeps what they are: x [B, *x] in [0, 1] to the same."""

    def __call__(self, x: Float[Array, "B *x"], key: Key[Array, ""]) -> Float[Array, "B *x"]: ...
