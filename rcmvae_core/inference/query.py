"""Chooses which inputs of a run's data to label next."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

import jax
import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.errors import RcmvaeError, fail
from rcmvae_core.inference.predictions import Predictions
from rcmvae_core.inference.training_reference import DatasetSubset
from rcmvae_core.model.build import build_part
from rcmvae_core.plugin.protocols import Acquisition, Dataset, QueryPool
from rcmvae_core.plugin.resolved import ResolvedPart
from rcmvae_core.spec.messages import unknown_acquisition

if TYPE_CHECKING:
    from rcmvae_core.inference.trained_model import TrainedModel

EPISTEMIC = "acquisition.epistemic"
"""The token of an acquisition that reads the disagreement of ensemble members."""
LABELLED = "acquisition.labelled"
"""The token of an acquisition that reads where the labelled inputs are."""
SAMPLES = 8
"""Ensemble members that a model of one seed gets from its channels and latents, where an acquisition reads `epistemic`."""


class SuggestedInputs(NamedTuple):
    """Inputs to label, the best first.

    Args:
        indices: into the data set.
        scores: on the acquisition's own scale; higher is better.
        predictions: the model's predictions of these inputs.
    """

    indices: Int[np.ndarray, " n"]
    scores: Float[np.ndarray, " n"]
    predictions: Predictions


def find_acquisition(trained: TrainedModel, name: str) -> ResolvedPart:
    """Return the acquisition of this name from the run's spec.

    Raises:
        RcmvaeError: E431 if the spec does not have it.
    """
    for part in trained.resolved.parts.get("acquisition", ()):
        if part.name == name:
            return part
    raise RcmvaeError([unknown_acquisition(name, trained.resolved)])


def unlabelled_indices(
    indices: Int[np.ndarray, " n"], ids: list[str], labelled: Collection[str]
) -> Int[np.ndarray, " m"]:
    """Return the inputs that have no label; of several equal inputs only the first.

    Args:
        indices: the inputs to choose from.
        ids: the item id of every input of the data set; equal inputs share one.
        labelled: ids of items that have a label.

    Returns:
        A subset of the indices, in their order.
    """
    seen = set(labelled)
    kept: list[int] = []
    for index in indices.tolist():
        if ids[index] not in seen:
            seen.add(ids[index])
            kept.append(index)
    return np.array(kept, np.int64)


def suggest(
    trained: TrainedModel,
    part: ResolvedPart,
    dataset: Dataset,
    indices: Int[np.ndarray, " m"],
    *,
    labelled: Int[np.ndarray, " M"],
    count: int,
    seed: int = 0,
) -> SuggestedInputs:
    """Choose the inputs to label next.

    Args:
        trained: the model.
        part: an acquisition.
        dataset: the data set.
        indices: the inputs to choose from.
        labelled: the inputs that have a label.
        count: the number of inputs; fewer are returned if there are fewer to choose from.
        seed: of the acquisition's random draws.

    Returns:
        The inputs, the best first.

    Raises:
        RcmvaeError: E432 if there are no inputs to choose from.
    """
    if not len(indices):
        fail("E432", "every training input has a label", help=["there is nothing left to suggest"])
    needs_members = EPISTEMIC in part.capabilities().provides and len(trained.seeds) == 1
    inputs = DatasetSubset(dataset, indices)
    predictions = trained.predict(inputs, samples=SAMPLES if needs_members else 0, seed=seed)
    acquire: Acquisition = build_part(part, trained.model.context)
    count = min(count, len(indices))
    pool = _query_pool(trained, predictions)
    if LABELLED in part.capabilities().provides:
        pool = _with_labelled(pool, trained, dataset, labelled)
    suggestion = acquire(pool, count, jax.random.key(seed))
    positions = np.asarray(suggestion.positions)
    return SuggestedInputs(indices[positions], np.asarray(suggestion.scores), predictions.take(positions))


def _query_pool(trained: TrainedModel, predictions: Predictions) -> QueryPool:
    scorer = trained.ood_scorer
    quantiles = scorer.quantiles(predictions.scores)
    return QueryPool(
        probabilities=predictions.probabilities,
        epistemic=predictions.epistemic,
        responsibilities=predictions.responsibilities,
        latents=predictions.latents,
        ood_quantile=np.zeros(len(predictions.labels))
        if scorer.deciding is None
        else quantiles[scorer.deciding],
        tau=trained.tau[0],
    )


def _with_labelled(
    pool: QueryPool, trained: TrainedModel, dataset: Dataset, labelled: Int[np.ndarray, " M"]
) -> QueryPool:
    """Return the pool with the positions of labelled inputs.

    Args:
        pool: of the candidates.
        trained: the model.
        dataset: the data set.
        labelled: the inputs that have a label.
    """
    if not len(labelled):
        nothing = pool.responsibilities[:0], pool.latents[:0]
        return pool._replace(labelled_responsibilities=nothing[0], labelled_latents=nothing[1])
    found = trained.predict(DatasetSubset(dataset, labelled))
    return pool._replace(labelled_responsibilities=found.responsibilities, labelled_latents=found.latents)
