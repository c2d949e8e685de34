"""Builds what an acquisition chooses from, out of arrays that are computed already."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float, Int

from rcmvae_core.explore.explored_model import ExploredModel
from rcmvae_core.explore.label_view import LabelView
from rcmvae_core.inference import generate
from rcmvae_core.inference.inputs import iter_batches
from rcmvae_core.inference.query import EPISTEMIC, SAMPLES
from rcmvae_core.inference.training_reference import DatasetSubset
from rcmvae_core.inference.uncertainty import mutual_information
from rcmvae_core.model.model import Model
from rcmvae_core.plugin.protocols import Classifier, QueryPool
from rcmvae_core.plugin.resolved import ResolvedPart

MOST_SAMPLED = 4096
"""Candidates, at most, whose ensemble members are sampled: each is decoded and encoded again a few times."""


def needs_members(part: ResolvedPart, view: LabelView) -> bool:
    """Return whether an acquisition reads the disagreement of members, and the seeds are not enough to have one."""
    return EPISTEMIC in part.capabilities().provides and len(view.model.stats) == 1


def query_pool(
    view: LabelView, candidates: Int[np.ndarray, " m"], *, seed: int = 0, sample: bool = False
) -> QueryPool:
    """Return what a model predicts for candidates with the labels of a view.

    Args:
        view: the predictions of all inputs.
        candidates: the inputs to choose from.
        seed: of the members.
        sample: whether the disagreement is that of members which are sampled now, instead of the seeds.

    Returns:
        Arrays over the candidates; classes are those that are not held out.
    """
    model, classes = view.model, view.given.classes
    scorer = model.trained.ood_scorer
    deciding = None if scorer.deciding is None else model.quantiles.get(scorer.deciding)
    is_empty = not view.probabilities.shape[1]
    columns = classes[:0] if is_empty else classes
    return QueryPool(
        probabilities=view.probabilities[candidates][:, columns],
        epistemic=_sampled(view, candidates, seed) if sample else view.epistemic[candidates],
        responsibilities=model.responsibilities[candidates],
        latents=model.latents[candidates],
        ood_quantile=np.zeros(len(candidates)) if deciding is None else deciding[candidates],
        tau=view.tau[:, columns],
        labelled_responsibilities=model.responsibilities[view.given.labelled],
        labelled_latents=model.latents[view.given.labelled],
    )


def _sampled(view: LabelView, candidates: Int[np.ndarray, " m"], seed: int) -> Float[np.ndarray, " m"]:
    """Return the disagreement of sampled members, as `TrainedModel.predict` with `samples` does."""
    model, found = view.model, list[np.ndarray]()
    program, state = _resample(model), model.trained.states[0]
    inputs = DatasetSubset(view.data.dataset, candidates)
    for number, batch in enumerate(iter_batches(inputs, model.trained.info)):
        key = jax.random.fold_in(jax.random.key(seed), number)
        q = np.asarray(program(state, batch.x, key, SAMPLES))[:, : batch.size]
        p = view.predict(q.reshape(-1, q.shape[-1]))
        found.append(mutual_information(p.reshape(*q.shape[:2], p.shape[-1])))
    return np.concatenate(found)


def _resample(model: ExploredModel) -> Any:
    """Return a compiled program for q(c|x') of sampled reconstructions x', which serves every classifier."""
    if "_resample" not in vars(model):
        parts = model.trained.model.parts._replace(classifier=_IDENTITY)
        program = jax.jit(partial(generate.predict_resampled, Model(parts)), static_argnums=3)
        vars(model)["_resample"] = program
    return vars(model)["_resample"]


def _same(_: Any, responsibilities: Float[Array, "B K"]) -> Float[Array, "B K"]:
    return responsibilities


_IDENTITY = Classifier(init=dict, update=lambda state, *_: state, tau=lambda state: state, predict=_same)
"""In place of the classifier, so that the program returns responsibilities."""
