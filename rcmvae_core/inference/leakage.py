"""Finds the inputs of unknown classes that lie among training inputs of a known class in latent space.

A score can separate such inputs from the test data by their reconstruction, but nothing that reads the latent space
can: no density, no neighbour, no person who looks at a map. So the share of these inputs says how much of an unknown
class the model has made a part of the known ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.data.split import Split
from rcmvae_core.inference.latent_neighbours import LatentNeighbours, fit_neighbours
from rcmvae_core.inference.ood import QUANTILE
from rcmvae_core.inference.predictions import Predictions
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.inference.training_reference import MAX_INPUTS
from rcmvae_core.plugin.protocols import Dataset, ForwardStats

NEIGHBOURS = 10
"""Training inputs that decide whether an input lies among those of a class."""


class Leakage(NamedTuple):
    """How many inputs lie among training inputs of a known class.

    Args:
        neighbours: the training inputs that decide it, for each input.
        leaked: how many of the inputs do.
        share: their share.
        test_share: the share of the test inputs that do.
        classes: how many lie among each class, by its name, the most frequent first; without those of none.
    """

    neighbours: int
    leaked: int
    share: float
    test_share: float
    classes: Mapping[str, int]


def run_leakage(
    trained: TrainedModel, dataset: Dataset, split: Split, own: Predictions, other: Predictions
) -> Leakage | None:
    """Compute the leakage of a run, by its first seed.

    Args:
        trained: the model.
        dataset: the data set that it was trained on.
        split: its split.
        own: predictions of the test inputs.
        other: predictions of out-of-distribution inputs.

    Returns:
        The leakage; None without statistics of training inputs or without any of which the class is known.
    """
    training = trained.ood_scorer.training
    labels = dataset.labels[split.train[evenly_spaced(len(split.train), MAX_INPUTS)]]
    if not training or len(training[0].latents) != len(labels):
        return None
    is_shared = trained.info.context.layout == "shared"
    return find_leakage(training[0], labels, own, other, class_names=dataset.class_names, shared=is_shared)


def find_leakage(
    training: ForwardStats,
    labels: Int[np.ndarray, " T"],
    own: Predictions,
    other: Predictions,
    *,
    class_names: tuple[str, ...],
    shared: bool,
) -> Leakage | None:
    """Compute the leakage from statistics and predictions.

    Args:
        training: statistics of training inputs.
        labels: their classes; -1 where unknown.
        own: predictions of the test inputs.
        other: predictions of out-of-distribution inputs.
        class_names: a name for each class.
        shared: whether all channels share one latent.

    Returns:
        The leakage; None if no class is known.
    """
    if not (labels >= 0).any():
        return None
    q, z = np.asarray(training.responsibilities), np.asarray(training.latents)
    search = fit_neighbours(q, z, shared=shared)
    limit = distance_limit(search, q, z)
    found, of_test = (
        surrounding_class(search, limit, labels, each.responsibilities, each.latents) for each in (other, own)
    )
    counts = np.bincount(found[found >= 0], minlength=len(class_names))
    order = [number for number in np.argsort(-counts, kind="stable").tolist() if counts[number]]
    return Leakage(
        NEIGHBOURS,
        int(np.sum(found >= 0)),
        float(np.mean(found >= 0)),
        float(np.mean(of_test >= 0)),
        {class_names[number]: int(counts[number]) for number in order},
    )


def distance_limit(
    search: LatentNeighbours, responsibilities: Float[np.ndarray, "T K"], latents: Float[np.ndarray, "T D"]
) -> float:
    """Return the 0.95 quantile of the distances of training inputs to the tenth nearest other one.

    Args:
        search: finds neighbours among the training inputs.
        responsibilities: q(c|x) of the training inputs.
        latents: z of their most probable channels.
    """
    own = search.nearest(responsibilities, latents, NEIGHBOURS).distances[:, -1]
    return float(np.quantile(own, QUANTILE, method="higher"))


def surrounding_class(
    search: LatentNeighbours,
    limit: float,
    labels: Int[np.ndarray, " T"],
    responsibilities: Float[np.ndarray, "N K"],
    latents: Float[np.ndarray, "N D"],
) -> Int[np.ndarray, " N"]:
    """Return the class among whose training inputs each input lies; -1 for none.

    An input lies among those of a class if the tenth nearest training input is within the limit, and more than half of
    the ten are of the class.

    Args:
        search: finds neighbours among the training inputs.
        limit: of the distance.
        labels: of the training inputs; -1 where unknown.
        responsibilities: q(c|x) of the inputs.
        latents: z of their most probable channels.
    """
    found = search.nearest(responsibilities, latents, NEIGHBOURS)
    classes = labels[found.indices]
    votes = np.stack([(classes == y).sum(axis=1) for y in range(int(labels.max()) + 1)], axis=1)
    is_within = (found.distances[:, -1] <= limit) & (2 * votes.max(axis=1) > classes.shape[1])
    return np.where(is_within, votes.argmax(axis=1), -1)
