"""Defines the objective: loss terms and their inputs, schedules and augmentations.

The axes are those of `rcmvae_core.plugin.protocols`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, runtime_checkable

from jaxtyping import Array, Bool, Float, Int, Key, Num

from rcmvae_core.plugin.protocols.latent import EncoderOutput, Selection
from rcmvae_core.plugin.protocols.likelihood import Likelihood
from rcmvae_core.plugin.protocols.nets import Params


class Forward(NamedTuple):
    """One pass of the model over a batch.

    Args:
        encoder_output: the encoder's output.
        log_responsibilities: log q(c|x), over the unlocked channels.
        responsibilities: q(c|x).
        selection: the channels that are decoded.
        latents: latents of the decoded channels; one (m = 1) in the `shared` layout.
        likelihood: the head's likelihood.
        nll: -log p(x|z, c) in nats, with m = M columns, or one if all channels decode alike.
        blended_nll: that of `Head.blend`, the weighted mean over channels, in nats.
        kl: KL(q(z|x) || p(z|c)) in nats, [B k], or [B K] if the prior has a value per channel.
        log_pi: log p(c), over the unlocked channels.
        embeddings: e_c of every channel.
    """

    encoder_output: EncoderOutput
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


class LabelledBatch(NamedTuple):
    """The labelled batch, which passes through the encoder only.

    Args:
        encoder_output: the encoder's output.
        log_responsibilities: log q(c|x), over the unlocked channels.
        labels: the class of each input, never -1.
        tau: τ before this step; no columns without a classifier.
        x: the labelled inputs, in [0, 1]; the core always gives them.
    """

    encoder_output: EncoderOutput
    log_responsibilities: Float[Array, "L K"]
    labels: Int[Array, " L"]
    tau: Float[Array, "K Y"]
    x: Float[Array, "L *x"] | None = None


class LossInputs(NamedTuple):
    """The inputs of a loss term.

    Args:
        x: the batch, in [0, 1].
        forward: the model's pass over it.
        labelled: the labelled batch; None if the run has no labels.
        usage: running mean of q(c|x), this batch included; its gradient is that of the batch mean.
        active: the unlocked channels.
        step: the number of steps before this one.
        key: this term's own key.
        params: the parameters of the model, by part.
        infer: `x [n *x] -> log q(c|x) [n K]`, for other inputs with the same parameters.
        sample: `(key, count) -> z [count K D]`, from each p(z|c).
        previous_usage: the running mean of q(c|x) before this batch; the core always gives it.
        usage_decay: the decay of the running mean per step, `train.usage_decay`.
        teacher: `x [n *x] -> log q(c|x) [n K]`, with the moving average of the parameters and without a gradient; None
            without `average` in `[train]`, which a loss asks for by requiring `train.average`.
        reconstruct: `(x [n *x], log_q [n K], key) -> Σ_m s_m · (-log p(x|z_m, m)) [n]` in nats, where the routing
            selects s by log q, and z_m is sampled from q(z|x, m). A fourth argument, the encoder's output of x, saves
            a pass of the encoder where it is known. The core always gives it.
    """

    x: Float[Array, "B *x"]
    forward: Forward
    labelled: LabelledBatch | None
    usage: Float[Array, " K"]
    active: Bool[Array, " K"]
    step: Int[Array, ""]
    key: Key[Array, ""]
    params: Params
    infer: Callable[[Float[Array, "n *x"]], Float[Array, "n K"]]
    sample: Callable[[Key[Array, ""], int], Float[Array, "count K D"]]
    previous_usage: Float[Array, " K"] | None = None
    usage_decay: float = 0.0
    teacher: Callable[[Float[Array, "n *x"]], Float[Array, "n K"]] | None = None
    reconstruct: Callable[..., Float[Array, " n"]] | None = None


@runtime_checkable
class LossTerm(Protocol):
    """Compute one value per example of the batch or of the labelled batch; the core averages and weights them.

    A term of the whole batch, such as an entropy of the usage, repeats its value for every example.
    """

    def __call__(self, inputs: LossInputs) -> Float[Array, " N"]: ...


class StatefulLoss(NamedTuple):
    """A loss term with parameters and a state of its own, such as a critic, a queue or a teacher.

    Its parameters are trained with those of the model, and are in `params["losses"]` under the term's label. Its state is
    arrays that a step hands to the next, without a gradient; both are part of every checkpoint, and of no prediction.

    Args:
        init: `(key, params) -> parameters`, from the initial parameters of the model, by part; `{}` for none.
        init_state: `(parameters, params) -> state`, a pytree of arrays, which may copy parameters of the model.
        apply: `(parameters, state, LossInputs) -> (values [N], state)`; the values are those of a `LossTerm`.
    """

    init: Callable[[Key[Array, ""], Params], Params]
    init_state: Callable[[Params, Params], Any]
    apply: Callable[[Params, Any, LossInputs], tuple[Float[Array, " N"], Any]]


class LossOutput(NamedTuple):
    """The value of the objective.

    Args:
        total: the weighted sum of the terms, which is minimised.
        terms: the mean of each term before its weight, by label.
    """

    total: Float[Array, ""]
    terms: dict[str, Float[Array, ""]]


@runtime_checkable
class Schedule(Protocol):
    """Compute the scheduled value at a step; traceable."""

    def __call__(self, step: Int[Array, ""]) -> Num[Array, ""]: ...


@runtime_checkable
class Augmentation(Protocol):
    """Change inputs x [B *x] in [0, 1] at random so that they keep their class; the result has the same form."""

    def __call__(self, x: Float[Array, "B *x"], key: Key[Array, ""]) -> Float[Array, "B *x"]: ...
