"""Builds the parts of a resolved spec, and defines the state that they pass from step to step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import attrs
from jaxtyping import Array, Bool, Float, Int

from rcmvae_core.model import covariates
from rcmvae_core.model.guard import guard
from rcmvae_core.model.missing import encoder_context, seeing_gaps
from rcmvae_core.plugin.declaration import load_object
from rcmvae_core.plugin.failures import plugin_errors
from rcmvae_core.plugin.protocols import (
    Augmentation,
    BuildContext,
    Classifier,
    Curriculum,
    Head,
    LossTerm,
    Net,
    Prior,
    Routing,
    Schedule,
    StatefulLoss,
)
from rcmvae_core.plugin.registry import BUILT_INS
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec

_CORE_KINDS = frozenset(
    {
        "data",
        "augmentation",
        "encoder",
        "prior",
        "routing",
        "conditioner",
        "backbone",
        "head",
        "loss",
        "curriculum",
        "classifier",
        "optimizer",
        "callback",
        "metric",
        "figure",
        "tracker",
        "score",
        "calibrator",
        "acquisition",
        "projection",
        "exporter",
    }
)
"""Kinds that the core uses itself; parts of other kinds are built for the plugins that read `BuildContext.parts`."""
Role = Literal["reconstruction", "kl_latent", "kl_channel", "other"]
_ROLES: Mapping[str, Role] = {
    "loss.reconstruction": "reconstruction",
    "loss.kl_latent": "kl_latent",
    "loss.kl_channel": "kl_channel",
}


class Batch(NamedTuple):
    """The data of one step.

    Args:
        x: unlabelled inputs in [0, 1].
        labelled_x: labelled inputs in [0, 1]; None in a run without labels.
        labels: their classes; None in a run without labels.
    """

    x: Float[Array, "B *x"]
    labelled_x: Float[Array, "L *x"] | None
    labels: Int[Array, " L"] | None


class ModelState(NamedTuple):
    """State besides the parameters that one step hands to the next.

    Args:
        classifier: the classifier's own state, such as label counts; None without a classifier.
        usage: running mean of q(c|x).
        active: channels that are unlocked.
        curriculum: the state of each curriculum.
        losses: the state of each `StatefulLoss` by label; no arrays without one.
        weight_factors: by label, what callbacks have multiplied the weights of changeable terms by; no arrays without one.
    """

    classifier: Any
    usage: Float[Array, " K"]
    active: Bool[Array, " K"]
    curriculum: tuple[Any, ...]
    losses: Any = ()
    weight_factors: Any = ()


class WeightedTerm(NamedTuple):
    """A loss term with its weight.

    Args:
        value: the term.
        weight: the schedule of its weight.
        role: which of a curriculum's factors applies to the weight.
        changeable: whether callbacks may multiply the weight by a factor.
    """

    value: LossTerm | StatefulLoss
    weight: Schedule
    role: Role
    changeable: bool = False


class ModelParts(NamedTuple):
    """Everything that a model consists of.

    Args:
        context: the sizes that the parts were built for.
        encoder: x to the posteriors q(z|x, c) and the logits of q(c|x).
        prior: p(z|c) and p(c).
        routing: q(c|x) to the channels that are decoded.
        backbone: a latent and its channel's embedding to features; the conditioner is inside.
        head: features to the likelihood p(x|z, c).
        terms: the loss terms by label.
        classifier: q(c|x) to p(y|x); None without one.
        augmentations: what changes the inputs of a training step, in this order.
        augmented: which inputs they change.
        curricula: what locks channels, and changes weights and temperatures over time.
        usage_decay: decay of the running mean of q(c|x).
        kl_includes_channel: whether the prior's KL is that to the mixture over channels, which includes KL(q(c|x) || p(c)).
    """

    context: BuildContext
    encoder: Net
    prior: Prior
    routing: Routing
    backbone: Net
    head: Head
    terms: Mapping[str, WeightedTerm]
    classifier: Classifier | None
    augmentations: tuple[Augmentation, ...]
    augmented: Literal["all", "labelled", "unlabelled"]
    curricula: tuple[Curriculum, ...]
    usage_decay: float
    kl_includes_channel: bool

    @property
    def stateful_losses(self) -> dict[str, StatefulLoss]:
        """The loss terms with parameters and a state of their own, by label."""
        return {
            label: term.value for label, term in self.terms.items() if isinstance(term.value, StatefulLoss)
        }

    @property
    def channel_axes(self) -> dict[str, int]:
        """The axis that runs over channels, for each array that has one, by its path in the parameters."""
        nets = {"encoder": self.encoder, "prior": self.prior, "backbone": self.backbone}
        axes = {
            f"{part}/{path}": axis for part, net in nets.items() for path, axis in net.channel_axes.items()
        }
        return axes | {"embeddings": 0}


def build_parts(resolved: ResolvedSpec, context: BuildContext, *, for_training: bool = True) -> ModelParts:
    """Build every part of a resolved spec.

    Args:
        resolved: the checked spec.
        context: sizes that follow from the spec and its data.
        for_training: whether losses, augmentations and curricula are built.

    Returns:
        The built parts.

    Raises:
        RcmvaeError: E217 if a part does not support these sizes.
    """
    extras = {
        kind: [build_part(part, context) for part in parts]
        for kind, parts in resolved.parts.items()
        if kind not in _CORE_KINDS and parts
    }
    context = attrs.evolve(context, parts=extras)
    conditioner = build_part(resolved.one("conditioner"), context)
    classifier = resolved.maybe("classifier")
    losses, augmentations, curricula = (
        resolved.many(kind) if for_training else () for kind in ("loss", "augmentation", "curriculum")
    )
    return ModelParts(
        context=context,
        encoder=_build_encoder(resolved.one("encoder"), context),
        prior=build_part(resolved.one("prior"), context),
        routing=build_part(resolved.one("routing"), context),
        backbone=build_part(resolved.one("backbone"), context, conditioner),
        head=build_part(resolved.one("head"), context),
        terms={part.label: _weighted_term(part, context) for part in losses},
        classifier=build_part(classifier, context) if classifier else None,
        augmentations=tuple(build_part(part, context) for part in augmentations),
        augmented=augmentations[0].keys.on if augmentations else "all",
        curricula=tuple(build_part(part, context) for part in curricula),
        usage_decay=resolved.train.usage_decay,
        kl_includes_channel="prior.marginal" in resolved.tokens,
    )


def _build_encoder(part: ResolvedPart, context: BuildContext) -> Net:
    with plugin_errors(part):
        own = encoder_context(context)
    return seeing_gaps(build_part(part, own), context)


def build_part(part: ResolvedPart, context: BuildContext, *built: Any) -> Any:
    """Import the implementation of a part and call it, after those of its nested parts.

    Args:
        part: the checked part.
        context: sizes of the run.
        built: parts that the implementation takes besides, such as a backbone's conditioner.

    Returns:
        What the implementation returns; functions of other packages are guarded, as `guard` says.

    Raises:
        RcmvaeError: E217 if it does not support its parameters in this context, which it says by a ValueError; E218 if
            a plugin of another package raises anything else.
    """
    kind = part.registered.plugin.kind
    own = covariates.own_context(kind, context)
    with plugin_errors(part):
        implementation = load_object(part.registered.plugin.impl)
        value = implementation(build_nested(part.params, own), own, *built)
    value = guard(part, value, own) if part.registered.distribution.name != BUILT_INS else value
    return covariates.wrap(kind, value, context)


def _weighted_term(part: ResolvedPart, context: BuildContext) -> WeightedTerm:
    roles: list[Role] = [_ROLES[token] for token in part.capabilities().provides if token in _ROLES]
    keys = build_nested(part.keys, context)
    return WeightedTerm(
        build_part(part, context), keys.weight, roles[0] if roles else "other", keys.changeable
    )


def build_nested(record: Any, context: BuildContext) -> Any:
    """Replace every resolved part among the fields of a record by the built one, also in a tuple of several."""
    nested: dict[str, Any] = {}
    for name, value in attrs.asdict(record, recurse=False).items():
        if isinstance(value, ResolvedPart):
            nested[name] = build_part(value, context)
        elif isinstance(value, tuple) and any(isinstance(each, ResolvedPart) for each in value):
            nested[name] = tuple(build_part(each, context) for each in value)
    return attrs.evolve(record, **nested)
