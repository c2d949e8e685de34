"""A resolved spec's parts, built; and what they pass from step to step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import attrs
from jaxtyping import Array, Bool, Float, Int

from rcmvae_core.declarations import load_object
from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.protocols import (
    Classifier,
    Context,
    Curriculum,
    Head,
    LossTerm,
    Net,
    Prior,
    Routing,
    Schedule,
)
from rcmvae_core.resolve import Part, ResolvedSpec

_OWN = frozenset(
    {
        "data",
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
        "figure",
        "tracker",
        "score",
        "acquisition",
    }
)
Role = Literal["reconstruction", "kl_latent", "kl_channel", "other"]
_ROLES: Mapping[str, Role] = {
    "loss.reconstruction": "reconstruction",
    "loss.kl_latent": "kl_latent",
    "loss.kl_channel": "kl_channel",
}


class Batch(NamedTuple):
    """What one step sees, inputs in [0, 1]; the labelled stream is None when the run has no labels."""

    x: Float[Array, "B *x"]
    labelled_x: Float[Array, "L *x"] | None
    labels: Int[Array, " L"] | None


class Carry(NamedTuple):
    """State that a step reads and the next one needs, besides parameters.

    Args:
        classifier: label counts; None without a classifier.
        usage: running mean of q(c|x).
        active: channels that are unlocked.
        curriculum: the state of each curriculum.
    """

    classifier: Any
    usage: Float[Array, " K"]
    active: Bool[Array, " K"]
    curriculum: tuple[Any, ...]


class Term(NamedTuple):
    """A loss term, the schedule of its weight, and what a curriculum takes it for."""

    value: LossTerm
    weight: Schedule
    role: Role


class Parts(NamedTuple):
    """Everything that a model is made of."""

    context: Context
    encoder: Net
    prior: Prior
    routing: Routing
    backbone: Net
    head: Head
    terms: Mapping[str, Term]
    classifier: Classifier | None
    curricula: tuple[Curriculum, ...]
    usage_decay: float

    @property
    def channel_axes(self) -> dict[str, int]:
        """Which axis of an array runs over channels, by its path in the model's parameters."""
        own = {"encoder": self.encoder, "prior": self.prior, "backbone": self.backbone}
        axes = {
            f"{part}/{path}": axis for part, net in own.items() for path, axis in net.channel_axes.items()
        }
        return axes | {"embeddings": 0}


def assemble(resolved: ResolvedSpec, context: Context) -> Parts:
    """Build every part of a resolved spec.

    Args:
        resolved: the checked spec.
        context: sizes that follow from the spec and its data.

    Raises:
        RcmvaeError: E217 if a part refuses these sizes.
    """
    extras = {
        kind: [instantiate(part, context) for part in parts]
        for kind, parts in resolved.parts.items()
        if kind not in _OWN and parts
    }
    context = attrs.evolve(context, parts=extras)
    conditioner = instantiate(resolved.one("conditioner"), context)
    classifier = resolved.maybe("classifier")
    return Parts(
        context=context,
        encoder=instantiate(resolved.one("encoder"), context),
        prior=instantiate(resolved.one("prior"), context),
        routing=instantiate(resolved.one("routing"), context),
        backbone=instantiate(resolved.one("backbone"), context, conditioner),
        head=instantiate(resolved.one("head"), context),
        terms={part.label: _term(part, context) for part in resolved.parts["loss"]},
        classifier=instantiate(classifier, context) if classifier else None,
        curricula=tuple(instantiate(part, context) for part in resolved.parts.get("curriculum", ())),
        usage_decay=resolved.train.usage_decay,
    )


def instantiate(part: Part, context: Context, *built: Any) -> Any:
    """Import a part's implementation and call it, its nested parts first.

    Raises:
        RcmvaeError: E217 if it refuses its parameters in this context, by a ValueError.
    """
    implementation = load_object(part.registered.plugin.impl)
    params = _with_nested(part.params, context)
    try:
        return implementation(params, context, *built)
    except ValueError as error:
        diagnostic = Diagnostic("E217", f"{part}: {error}", part.place, help=["see `rcmvae plugins show`"])
        raise RcmvaeError([diagnostic]) from error


def _term(part: Part, context: Context) -> Term:
    roles: list[Role] = [_ROLES[token] for token in part.capabilities().provides if token in _ROLES]
    weight = _with_nested(part.keys, context).weight
    return Term(instantiate(part, context), weight, roles[0] if roles else "other")


def _with_nested(record: Any, context: Context) -> Any:
    nested = attrs.asdict(record, recurse=False)
    return attrs.evolve(
        record, **{k: instantiate(v, context) for k, v in nested.items() if isinstance(v, Part)}
    )
