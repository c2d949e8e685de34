"""Rebuilds the classifier of a trained model from the labels as they are now, without training."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import attrs
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from rcmvae_core.data.class_shares import class_shares
from rcmvae_core.data.label_overlay import LabelledDataset, with_store_labels
from rcmvae_core.data.sample_weights import weights_of
from rcmvae_core.data.split import GivenLabels, given_labels
from rcmvae_core.explore.explored_data import ExploredData
from rcmvae_core.explore.explored_model import ExploredModel
from rcmvae_core.explore.label_state import LabelState
from rcmvae_core.explore.label_view import LabelView
from rcmvae_core.explore.program_cache import ProgramCache
from rcmvae_core.model.build import build_part
from rcmvae_core.plugin.protocols import BuildContext, Classifier
from rcmvae_core.plugin.resolved import ResolvedPart
from rcmvae_core.training.class_channels import own_channels

_NO_LABEL = -1
_PROGRAMS = ProgramCache()


def make_view(
    model: ExploredModel, data: ExploredData, state: LabelState, classifier: ResolvedPart | None
) -> LabelView:
    """Predict all inputs with a classifier that is rebuilt from labels.

    The labels that count are those that training would be given: of the store and of the spec, of training inputs.

    Args:
        model: whose responsibilities count.
        data: its data set.
        state: the labels.
        classifier: the classifier of the spec, or the one that training would add; None predicts nothing.

    Returns:
        The predictions; their columns are the classes of the store, by id.
    """
    begin = time.perf_counter()
    overlaid = with_store_labels(data.loaded, state.labels, state.classes, state.first_names, state.revision)
    given = given_labels(data.part.keys, data.split, overlaid)
    width = len(overlaid.dataset.class_names)
    if classifier is None or not len(given.classes):
        rebuilt = _nothing(model)
    else:
        rebuilt = _rebuild(model, data, given, classifier, width)
    return LabelView(
        model=model,
        data=data,
        revision=state.revision,
        class_names=overlaid.dataset.class_names,
        labels=_shown_labels(given, overlaid),
        original=overlaid.original.labels,
        given=given,
        milliseconds=1000 * (time.perf_counter() - begin),
        **rebuilt._asdict(),
    )


def _shown_labels(given: GivenLabels, overlaid: LabelledDataset) -> Int[np.ndarray, " N"]:
    """Return the labels that somebody gave: those of the store, and those that training is given."""
    labels = overlaid.store_labels.astype(np.int32)
    known = given.given >= 0
    labels[given.labelled[known]] = given.classes[given.given[known]]
    return labels


class _Rebuilt(NamedTuple):
    """The fields of a `LabelView` that the classifiers of all seeds give."""

    taus: tuple[Float[np.ndarray, "K Y"], ...]
    evidence: Float[np.ndarray, "K Y"] | None
    seed_probabilities: tuple[Float[np.ndarray, "N Y"], ...]
    predict: Callable[[Float[np.ndarray, "n K"]], Float[np.ndarray, "n Y"]]


def _nothing(model: ExploredModel) -> _Rebuilt:
    """Return arrays without columns, in place of a classifier."""
    seeds = range(len(model.stats))
    taus = tuple(np.zeros((model.channel_count, 0), np.float32) for _ in seeds)
    probabilities = tuple(np.zeros((model.count, 0), np.float32) for _ in seeds)
    return _Rebuilt(taus, None, probabilities, lambda q: np.zeros((len(q), 0), np.float32))


def _rebuild(
    model: ExploredModel, data: ExploredData, given: GivenLabels, part: ResolvedPart, width: int
) -> _Rebuilt:
    """Rebuild the classifier of every seed, and predict with it.

    Args:
        model: its responsibilities and states.
        data: its data set.
        given: the labels.
        part: the classifier.
        width: the number of all classes, of which some may be held out.
    """
    size, count = _padded(len(given.labelled)), len(given.labelled)
    labels = np.full(size, _NO_LABEL, np.int32)
    labels[:count] = given.given
    classifier: Classifier = build_part(part, _context(model, data, given, size))
    new = new_classes(model, given)
    spread = partial(_spread, given=given, width=width)
    found = list[_Outputs]()
    for seed, q in enumerate(model.device_responsibilities):
        rebuild = classifier.rebuild if count else None
        if rebuild is None:
            start = _state_without_labels(model, classifier, len(given.classes), seed)
        else:
            examples = np.zeros((size, model.channel_count), np.float32)
            examples[:count] = np.asarray(model.stats[seed].responsibilities)[given.labelled]
            carry = model.trained.states[seed].carry
            start = _Examples(examples, labels, carry.usage, carry.active, new)
        found.append(_PROGRAMS(partial(_predict, classifier, rebuild), start, q))
    first = found[0]
    return _Rebuilt(
        tuple(spread(each.tau) for each in found),
        None if first.evidence is None else spread(first.evidence),
        tuple(spread(each.probabilities) for each in found),
        lambda q: spread(classifier.predict(first.state, jnp.asarray(q))),
    )


class _Examples(NamedTuple):
    """The arguments of a classifier's `rebuild`."""

    responsibilities: Float[np.ndarray, "L K"]
    labels: Int[np.ndarray, " L"]
    usage: Float[Array, " K"]
    active: Bool[Array, " K"]
    new: Bool[np.ndarray, " Y"]


class _Outputs(NamedTuple):
    """What a classifier says: its state, τ, p(y|x) of all inputs, and its evidence if it has any."""

    state: Any
    tau: Float[Array, "K Y"]
    probabilities: Float[Array, "N Y"]
    evidence: Float[Array, "K Y"] | None


def _predict(
    classifier: Classifier, rebuild: Callable[..., Any] | None, given: Any, q: Float[Array, "N K"]
) -> _Outputs:
    """Return what a classifier says about all inputs.

    Args:
        classifier: the classifier.
        rebuild: its `rebuild`; None takes a state as it is.
        given: `_Examples` to rebuild it from, or its state.
        q: q(c|x) of the inputs.
    """
    state = given if rebuild is None else rebuild(*given)
    evidence = None if classifier.evidence is None else classifier.evidence(state)
    return _Outputs(state, classifier.tau(state), classifier.predict(state, q), evidence)


def _context(model: ExploredModel, data: ExploredData, given: GivenLabels, size: int) -> BuildContext:
    """Return the sizes that training would build the classifier with.

    Args:
        model: the model.
        data: its data set.
        given: the labels.
        size: the number of examples, filled up with unknown labels so that few sizes are compiled.
    """
    weights = weights_of(given.labelled, data.loaded.sample_weights)
    shares = class_shares(data.part, given.given, given.class_names, weights)
    return attrs.evolve(
        model.trained.model.context,
        # A classifier may scale its counts by labelled / examples, in which the filling counts too.
        labelled=size,
        classes=len(given.classes),
        label_counts=shares.counts,
        class_prior=shares.prior,
    )


def _padded(count: int) -> int:
    """Return the next power of four, at least 4096: few sizes, so that few programs are compiled."""
    size = 4096
    while size < count:
        size *= 4
    return size


def _state_without_labels(model: ExploredModel, classifier: Classifier, classes: int, seed: int) -> Any:
    """Return the state of a classifier without labels: the trained one, if it has as many classes."""
    trained = model.trained
    has_same = trained.resolved.maybe("classifier") is not None
    if has_same and trained.info.context.classes == classes:
        return trained.states[seed].carry.classifier
    return classifier.init()


def _spread(columns: Float[Array, "n Y"], given: GivenLabels, width: int) -> Float[np.ndarray, "n width"]:
    """Return columns in the order of all classes; held-out classes get zeros."""
    values = np.asarray(jax.device_get(columns), np.float32)
    if values.shape[1] == width:
        return values
    spread = np.zeros((len(values), width), np.float32)
    spread[:, given.classes] = values
    return spread


def new_classes(model: ExploredModel, given: GivenLabels) -> Bool[np.ndarray, " Y"]:
    """Return which classes had no label when a model was trained; by number, so that a renamed class is not new."""
    trained, labelled = model.trained, model.trained_on.labelled
    names = trained.class_names if trained.resolved.maybe("classifier") is not None else ()
    had = [labelled is None or name in labelled for name in names[: len(given.classes)]]
    return ~np.array(had + [False] * (len(given.classes) - len(had)), bool)


def claims(view: LabelView) -> list[dict[str, Any]]:
    """Return the channels that classes claim which the model was not trained with, from the labels that they have.

    Args:
        view: of a model and a revision, whose τ has the claims.

    Returns:
        For each such class with labels its id as `class`, its `channels` and a `reason`, a sentence each.
    """
    given, own = view.given, own_channels(view.tau)
    counts = np.bincount(given.given[given.given >= 0], minlength=len(given.classes))
    is_claiming = new_classes(view.model, given) & (counts > 0)
    return [
        {
            "class": (number := int(given.classes[position])),
            "channels": (channels := own.get(number, [])),
            "reason": _reason(view, number, int(counts[position]), channels),
        }
        for position in np.flatnonzero(is_claiming).tolist()
    ]


def _reason(view: LabelView, number: int, labels: int, channels: list[int]) -> str:
    """Say why a class claims channels, with the numbers of these."""
    plural = "s" * (labels != 1)
    has = f"`{view.class_names[number]}` has {labels} training label{plural}, and had none when this model was trained"
    if not channels:
        return f"{has}; no channel is free, so it has none of its own"
    usage = view.model.usage
    shown = ", ".join(f"{channel} (mean q(c|x) {usage[channel]:.4f})" for channel in channels)
    return f"{has}; it takes channel {shown}"
