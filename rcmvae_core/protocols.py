"""What each kind of part must be: named records of pure functions over arrays.

Axes: B batch, L labelled batch, K channels, M decoded channels (M = K without gating), k channels of the
posterior (K in the `decentralized` layout, 1 in `shared`, so that it broadcasts), D latent size,
E embedding size, Y classes. `*x` stands for the shape of one input, (H, W, C) or (F,).

An implementation is a function that is called once, with the checked parameters and a `Context`, and
returns one of the records below. A `Params` is a nested dict of arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import attrs
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Key, Num, UInt8

Params = Any
"""The parameters of a part: a nested dict of arrays."""
Likelihood = Any
NOWHERE: Mapping[str, Any] = MappingProxyType({})
"""No array of a part is meant."""


@attrs.frozen
class Context:
    """What a part may know when it is built; sizes only, no arrays.

    Args:
        input_shape: the shape of one input, (H, W, C) for images and (F,) for features.
        examples: training inputs.
        labelled: training inputs whose label the model is given.
        classes: classes Y that a label may name.
        channels: channels K.
        dim: latent size D.
        embedding_dim: channel embedding size E.
        layout: `decentralized`, a latent per channel, or `shared`, one for all.
        steps_per_epoch: steps in an epoch, to turn durations into steps.
        epochs: epochs of the run.
        parts: built parts of kinds that the core does not know, by kind.
    """

    input_shape: tuple[int, ...]
    examples: int
    labelled: int
    classes: int
    channels: int
    dim: int
    embedding_dim: int
    layout: Literal["shared", "decentralized"]
    steps_per_epoch: int
    epochs: int
    parts: Mapping[str, Any] = attrs.field(factory=dict[str, Any])

    @property
    def posteriors(self) -> int:
        """Latent posteriors k that an encoder gives for one input."""
        return self.channels if self.layout == "decentralized" else 1


@runtime_checkable
class Source(Protocol):
    """Inputs that stay on disk: rows by index, in an order of the caller's; a `np.memmap` is one.

    Several threads may ask at once.
    """

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> np.dtype[Any]: ...

    def __getitem__(self, indices: Int[np.ndarray, " n"], /) -> np.ndarray: ...


class Dataset(NamedTuple):
    """Everything a data part knows, on the host; the core takes validation inputs and labels out of `train`.

    Args:
        inputs: in their stored type, uint8 or a float; the model sees `inputs / maximum`, in [0, 1].
        labels: the class of each input; -1 is unknown.
        train: indices of inputs to train on.
        test: indices of inputs to judge by.
        class_names: a name for each class.
        maximum: the value of inputs that stands for 1.
    """

    inputs: UInt8[np.ndarray, "N *x"] | Float[np.ndarray, "N *x"] | Source
    labels: Int[np.ndarray, " N"]
    train: Int[np.ndarray, " T"]
    test: Int[np.ndarray, " U"]
    class_names: tuple[str, ...]
    maximum: float


class Net(NamedTuple):
    """A function with parameters.

    Args:
        init: `(key, *inputs) -> params`.
        apply: `(params, *inputs) -> output`.
        channel_axes: which axis of an array runs over channels, by the array's path in `params`, such as
            `logits/kernel`; a channel is copied along it.
    """

    init: Callable[..., Params]
    apply: Callable[..., Any]
    channel_axes: Mapping[str, int] = NOWHERE


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


class Head(NamedTuple):
    """p(x|features).

    Args:
        init: `(key, features) -> params`; features are [B M F] or [B M H W F].
        apply: `(params, features) -> likelihood`, a pytree whose arrays begin with [B M] or broadcast.
        negative_log_likelihood: `(likelihood, x [B *x], weights [B M]) -> [B M]`, summed over the input.
        mean: `likelihood -> [B M *x]`, E[x].
        sample: `(likelihood, key) -> [B M *x]`.
        blend: `(likelihood, weights [B M]) -> likelihood` of the weighted mean, M = 1.
        at_bound: `likelihood -> [B M]`, the share of its standard deviations that lie on a bound they are held
            within; None where there is no bound.
    """

    init: Callable[..., Params]
    apply: Callable[[Params, Float[Array, "..."]], Likelihood]
    negative_log_likelihood: Callable[..., Float[Array, "B M"]]
    mean: Callable[[Likelihood], Float[Array, "..."]]
    sample: Callable[[Likelihood, Key[Array, ""]], Float[Array, "..."]]
    blend: Callable[[Likelihood, Float[Array, "B M"]], Likelihood]
    at_bound: Callable[[Likelihood], Float[Array, "B M"]] | None = None


class Classifier(NamedTuple):
    """Labels attached to channels.

    Args:
        init: `() -> state`.
        update: `(state, responsibilities [L K], labels [L]) -> state`; carries no gradient.
        tau: `state -> [K Y]`, rows sum to one.
        predict: `(state, responsibilities [B K]) -> [B Y]`, p(y|x).
    """

    init: Callable[[], Any]
    update: Callable[[Any, Float[Array, "L K"], Int[Array, " L"]], Any]
    tau: Callable[[Any], Float[Array, "K Y"]]
    predict: Callable[[Any, Float[Array, "B K"]], Float[Array, "B Y"]]


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


class TrackedRun(NamedTuple):
    """What a tracker is told of the run it follows.

    Args:
        name: the spec's.
        folder: the run directory, absolute.
        spec: the resolved spec, as plain values.
        seeds: every seed that will be trained.
        previous: the tracker's own `id` when the run was begun, if this is its continuation; else None.
    """

    name: str
    folder: Path
    spec: Mapping[str, Any]
    seeds: tuple[int, ...]
    previous: str | None


class Tracker(NamedTuple):
    """A service that follows runs; an exception of one is told once as a warning and never costs the run.

    Args:
        id: what the service calls this run; kept, and handed back when the run is continued.
        epoch: `(seed, epoch, step, metrics)`, after each epoch; of a continued run never for one it was told of
            and that was kept, but again for those that were lost.
        finish: `(state, summary)`, last: `done`, `failed` or `interrupted`, and `summary.json` if there is one.
    """

    id: str
    epoch: Callable[[int, int, int, Mapping[str, float]], None]
    finish: Callable[[str, Mapping[str, Any] | None], None]
