"""Parameters of the losses beside the ELBO's terms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import attrs

from rcmvae_core.params import Capabilities, param

AugmentationFn = Callable[..., Any]
"""The type of a parameter that is an augmentation, as an implementation sees it: (x, key) to x."""


@attrs.frozen
class DirichletParams:
    """`[loss.<label>.dirichlet]`."""

    alpha: float = param(
        2.0,
        doc="Concentration of every channel: above 1 pulls to uniform, below 1 away from it.",
        gt=0,
        le=1e4,
    )
    on: Literal["pi", "responsibilities"] = param(
        "pi", doc="What the density is of: the prior's learned pi, or q(c|x)."
    )

    def capabilities(self) -> Capabilities:
        """A fixed pi has nothing to learn."""
        return Capabilities(requires=("prior.learned_pi",) if self.on == "pi" else ())


@attrs.frozen
class LogitMogParams:
    """`[loss.<label>.logit_mog]`."""

    mean: float = param(
        5.0, doc="M, where a chosen channel's logit is expected; the others at 0.", ge=0, le=1e3
    )
    sigma: float = param(1.0, doc="Standard deviation of every logit.", ge=1e-2, le=1e3)


@attrs.frozen
class EmbeddingRepulsionParams:
    """`[loss.<label>.embedding_repulsion]`."""

    bandwidth: float = param(
        1.0,
        doc="Distance of two embeddings, root mean square over coordinates, within which they repel.",
        ge=1e-3,
        le=1e3,
    )


@attrs.frozen
class MmdParams:
    """`[loss.<label>.mmd]`."""

    kernel: Literal["imq", "rbf"] = param(
        "imq", doc="Inverse multiquadric, whose long tails pull outliers in, or Gaussian."
    )
    bandwidths: tuple[float, ...] = param(
        (0.5, 1.0, 2.0),
        doc="Widths of the averaged kernels, root mean square over coordinates.",
        ge=1e-3,
        le=1e3,
        min_length=1,
    )


@attrs.frozen
class SupervisedContrastiveParams:
    """`[loss.<label>.supervised_contrastive]`."""

    temperature: float = param(0.1, doc="Divides the cosines.", ge=1e-2, le=1e2)
    features: Literal["responsibilities", "latent"] = param(
        "responsibilities", doc="What is compared: the root of q(c|x), or the mean latent at unit length."
    )

    def capabilities(self) -> Capabilities:
        """Without channels every q(c|x) is alike."""
        return Capabilities(requires=("latent.channels",) if self.features == "responsibilities" else ())


@attrs.frozen
class ChannelConsistencyParams:
    """`[loss.<label>.channel_consistency]`."""

    augmentation: AugmentationFn = param(
        doc="The change of x that should not change q(c|x).", kind="augmentation"
    )


@attrs.frozen
class LabelConsistencyParams:
    """`[loss.<label>.label_consistency]`."""

    augmentation: AugmentationFn = param(
        doc="The change of x that should not change p(y|x).", kind="augmentation"
    )


@attrs.frozen
class SigmaPenaltyParams:
    """`[loss.<label>.sigma_penalty]`."""

    target: float = param(-1.6, doc="The mean of log sigma it pulls towards.", ge=-20, le=5)


@attrs.frozen
class L2Params:
    """`[loss.<label>.l2]`."""

    parts: tuple[str, ...] = param(
        ("encoder", "backbone", "head"),
        doc="Parts whose parameters are penalised; the conditioner's are among the backbone's.",
        choices=("encoder", "prior", "embeddings", "backbone", "head"),
        min_length=1,
    )
    arrays: Literal["matrices", "all"] = param(
        "matrices", doc="Only arrays of two or more axes, which leaves biases and gains out, or all."
    )

    def __attrs_post_init__(self) -> None:
        if len(set(self.parts)) < len(self.parts):
            raise ValueError(f"parts names one twice: {', '.join(self.parts)}")
