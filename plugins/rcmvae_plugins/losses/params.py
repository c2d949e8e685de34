"""Defines the parameters of losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import attrs

from rcmvae_core.plugin.parameters import Capabilities, param
from rcmvae_plugins._class_weights import (
    ClassWeight,
    check_class_weight,
    class_weight,
    class_weight_capabilities,
)

AugmentationFn = Callable[..., Any]
"""The type of an augmentation parameter in an implementation: `(x, key) -> x`."""


@attrs.frozen
class ReconstructionParams:
    """Parameters of `reconstruction`."""

    mode: Literal["expected", "blended"] = param(
        "expected",
        doc="The weighted mean of the channels' negative log likelihoods (the ELBO's term), or the negative log "
        "likelihood of their weighted mean.",
    )


@attrs.frozen
class KlLatentParams:
    """Parameters of `kl_latent`."""

    reduce: Literal["expected", "sum"] = param(
        "expected",
        doc="Weight channels by q(c|x) (the ELBO's term), or sum them, which keeps unused channels at the prior.",
    )

    def capabilities(self) -> Capabilities:
        """Return that a sum conflicts with a shared latent, which has a single KL."""
        return Capabilities(conflicts=("layout.shared",) if self.reduce == "sum" else ())


@attrs.frozen
class DirichletParams:
    """Parameters of `dirichlet`."""

    alpha: float = param(
        2.0,
        doc="Concentration of every channel; above 1 the density favours uniform probabilities, below 1 sparse ones.",
        gt=0,
        le=1e4,
    )
    on: Literal["pi", "responsibilities"] = param(
        "pi", doc="Probabilities under the density: the prior's learned pi, or q(c|x)."
    )

    def capabilities(self) -> Capabilities:
        """Return that a density of pi needs a prior that learns it."""
        return Capabilities(requires=("prior.learned_pi",) if self.on == "pi" else ())


@attrs.frozen
class MixtureMapParams:
    """Parameters of `mixture_map`."""

    concentration: float = param(
        1.0,
        doc="Concentration of the Dirichlet of pi, of all channels together; below K it favours few channels.",
        gt=0,
        le=1e4,
    )
    floor: float = param(
        1e-4, doc="A weight below this counts as this, because the density is unbounded at 0.", ge=1e-30, lt=1
    )
    inputs: float = param(
        10.0, doc="Number of inputs that the prior of the variances counts as.", gt=0, le=1e6
    )
    scale: float = param(
        1.0, doc="Standard deviation that the prior of the variances favours.", ge=1e-3, le=1000
    )


@attrs.frozen
class ClassUsageParams:
    """Parameters of `class_usage`."""

    sharpness: float = param(
        8.0,
        doc="Power s by which a channel is attributed to classes: 1 divides it among them, high values give it to one class.",
        ge=1,
        le=64,
    )


@attrs.frozen
class LogitMogParams:
    """Parameters of `logit_mog`."""

    mean: float = param(
        5.0, doc="M, the expected logit of the chosen channel; that of the others is 0.", ge=0, le=1e3
    )
    sigma: float = param(1.0, doc="Standard deviation of each logit.", ge=1e-2, le=1e3)


@attrs.frozen
class EmbeddingRepulsionParams:
    """Parameters of `embedding_repulsion`."""

    bandwidth: float = param(
        1.0,
        doc="Distance within which two embeddings repel each other, as a root mean square over coordinates.",
        ge=1e-3,
        le=1e3,
    )


@attrs.frozen
class MmdParams:
    """Parameters of `mmd`."""

    kernel: Literal["imq", "rbf"] = param(
        "imq", doc="Inverse multiquadric, whose long tails reach outliers, or Gaussian."
    )
    bandwidths: tuple[float, ...] = param(
        (0.5, 1.0, 2.0),
        doc="Widths of the averaged kernels, as root mean squares over coordinates.",
        ge=1e-3,
        le=1e3,
        min_length=1,
    )


@attrs.frozen
class SupervisedParams:
    """Parameters of `supervised`."""

    class_weight: ClassWeight = class_weight()
    augmentation: AugmentationFn | None = param(
        None,
        doc="Augmentation of the labelled inputs that should not change their class; the term is then the mean of both "
        "views. Absent: only the inputs as they are.",
        kind="augmentation",
    )

    def __attrs_post_init__(self) -> None:
        check_class_weight(self.class_weight)

    def capabilities(self) -> Capabilities:
        """Return that balanced weights depend on the number of labels of each class."""
        return class_weight_capabilities(self.class_weight)


@attrs.frozen
class SupervisedContrastiveParams:
    """Parameters of `supervised_contrastive`."""

    temperature: float = param(0.1, doc="Divisor of the cosine similarities.", ge=1e-2, le=1e2)
    features: Literal["responsibilities", "latent"] = param(
        "responsibilities",
        doc="Features to compare: the square root of q(c|x), or the normalised posterior mean of the latent.",
    )

    def capabilities(self) -> Capabilities:
        """Return that responsibilities need channels: without them every q(c|x) is the same."""
        return Capabilities(requires=("latent.channels",) if self.features == "responsibilities" else ())


@attrs.frozen
class ChannelConsistencyParams:
    """Parameters of `channel_consistency`."""

    augmentation: AugmentationFn = param(
        doc="Augmentation of x that should not change q(c|x).", kind="augmentation"
    )


@attrs.frozen
class LabelConsistencyParams:
    """Parameters of `label_consistency`."""

    augmentation: AugmentationFn = param(
        doc="Augmentation of x that should not change p(y|x).", kind="augmentation"
    )


@attrs.frozen
class PseudoChannelParams:
    """Parameters of `pseudo_channel`."""

    strong: AugmentationFn = param(
        doc="Augmentation of the view that learns, which should not change q(c|x).", kind="augmentation"
    )
    weak: AugmentationFn | None = param(
        None,
        doc="Augmentation of the view that gives the target. Absent: x itself.",
        kind="augmentation",
    )
    target: Literal["teacher", "model"] = param(
        "teacher",
        doc="Whose q(c|x) is the target: that of the averaged parameters, which `average` of `[train]` asks for, or the "
        "model's own.",
    )
    temperature: float = param(
        1.0,
        doc="Temperature T of the target; below 1 it is sharper than q(c|x), and 0 is its most probable channel.",
        ge=0,
        le=10,
    )
    weighting: Literal["soft", "threshold", "none"] = param(
        "soft",
        doc="How inputs are weighted by confidence: by a truncated Gaussian around the running mean, by whether it "
        "reaches `threshold`, or all alike.",
    )
    threshold: float = param(0.95, doc="Least confidence with weighting `threshold`.", ge=0, le=1)
    width: float = param(
        0.5,
        doc="Width of the Gaussian of weighting `soft`, in standard deviations of the confidence.",
        ge=1e-2,
        le=100,
    )
    confidence: Literal["channel", "label"] = param(
        "channel",
        doc="What confidence is: the largest probability of a channel, or of a label through tau, which suits several "
        "channels a class.",
    )
    align: Literal["none", "labels", "uniform", "sinkhorn"] = param(
        "none",
        doc="How often channels are targets: as the target says; so often that classes are as frequent as the labels "
        "say; all equally often in the long run; or in each batch.",
    )
    decay: float = param(
        0.99, doc="Decay per step of the running means of confidence and of targets.", ge=0, lt=1
    )

    def __attrs_post_init__(self) -> None:
        keeps_means = self.weighting == "soft" or self.align in ("labels", "uniform")
        used = {
            "threshold": (self.weighting == "threshold", '`weighting = "threshold"`'),
            "width": (self.weighting == "soft", '`weighting = "soft"`'),
            "decay": (keeps_means, '`weighting = "soft"`, or `align` of "labels" or "uniform"'),
        }
        for name, (is_used, condition) in used.items():
            if not is_used and getattr(self, name) != getattr(attrs.fields(type(self)), name).default:
                raise ValueError(f"`{name}` has no effect without {condition}")

    def capabilities(self) -> Capabilities:
        """Return that a teacher is an average of the parameters, and that labels have to be given where they count."""
        by_label = self.confidence == "label" or self.align == "labels"
        return Capabilities(
            provides=("loss.class_shares",) if self.align == "labels" else (),
            requires=(
                *(("train.average",) if self.target == "teacher" else ()),
                *(("classifier.tau", "labels.some") if by_label else ()),
            ),
        )


@attrs.frozen
class VirtualAdversarialParams:
    """Parameters of `virtual_adversarial`."""

    epsilon: float = param(
        2.0,
        doc="Length of the change of x, over all its values; 2 suits 28×28 pixels in [0, 1], and smaller inputs less.",
        gt=0,
        le=1e3,
    )
    xi: float = param(
        0.1, doc="Length of the change at which the power method takes its gradient.", ge=1e-3, le=10
    )
    iterations: int = param(1, doc="Iterations of the power method.", ge=1, le=20)
    target: Literal["model", "teacher"] = param(
        "model",
        doc="Whose q(c|x) is the target: the model's own, or that of the averaged parameters, which `average` of "
        "`[train]` asks for.",
    )

    def capabilities(self) -> Capabilities:
        """Return that a teacher is an average of the parameters."""
        return Capabilities(requires=("train.average",) if self.target == "teacher" else ())


@attrs.frozen
class CrossViewParams:
    """Parameters of `cross_view`."""

    strong: AugmentationFn = param(
        doc="Augmentation of the view that selects the channels, which should not change them.",
        kind="augmentation",
    )
    weak: AugmentationFn | None = param(
        None, doc="Augmentation of the view that is reconstructed. Absent: x itself.", kind="augmentation"
    )


@attrs.frozen
class SigmaPenaltyParams:
    """Parameters of `sigma_penalty`."""

    target: float = param(-1.6, doc="Target of the mean of log sigma.", ge=-20, le=5)


@attrs.frozen
class L2Params:
    """Parameters of `l2`."""

    parts: tuple[str, ...] = param(
        ("encoder", "backbone", "head"),
        doc="Parts of the model to penalise; the backbone includes the conditioner.",
        choices=("encoder", "prior", "embeddings", "backbone", "head"),
        min_length=1,
    )
    arrays: Literal["matrices", "all"] = param(
        "matrices", doc="Only arrays of rank 2 or more, which excludes biases and gains, or all arrays."
    )

    def __attrs_post_init__(self) -> None:
        if len(set(self.parts)) < len(self.parts):
            raise ValueError(f"`parts` must not contain a part twice, got {', '.join(self.parts)}")
