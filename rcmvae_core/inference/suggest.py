"""Which inputs of a run's data a person should be asked to label."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

import jax
import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.inference.predictions import Predictions
from rcmvae_core.inference.reference import Rows
from rcmvae_core.model import instantiate
from rcmvae_core.protocols import Acquisition, Candidates, Dataset
from rcmvae_core.resolve import Part
from rcmvae_core.unknown import unknown_acquisition

if TYPE_CHECKING:
    from rcmvae_core.inference.trained import TrainedModel

EPISTEMIC = "acquisition.epistemic"
SAMPLES = 8
"""How often a model of one seed sees each input again, where an acquisition asks what members disagree about."""


class Suggested(NamedTuple):
    """Inputs to ask about, in this order; arrays over them.

    Args:
        indices: into the data set.
        worth: on a scale of the acquisition's own.
        predictions: what the model says of them now.
    """

    indices: Int[np.ndarray, " n"]
    worth: Float[np.ndarray, " n"]
    predictions: Predictions


def acquisition(trained: TrainedModel, name: str) -> Part:
    """The acquisition of a name, as the run's spec has it.

    Raises:
        RcmvaeError: E431 if it has none of that name.
    """
    parts = trained.resolved.parts.get("acquisition", ())
    found = next((part for part in parts if part.name == name), None)
    if found is None:
        raise RcmvaeError([unknown_acquisition(name, trained.resolved)])
    return found


def open_indices(
    indices: Int[np.ndarray, " n"], ids: list[str], labelled: Collection[str]
) -> Int[np.ndarray, " m"]:
    """Those of some inputs that have no label; of equal ones the first.

    Args:
        indices: inputs that may be asked about.
        ids: the item of every input of the data set; equal inputs share one.
        labelled: items that have a label.
    """
    seen = set(labelled)
    found: list[int] = []
    for index in indices.tolist():
        if ids[index] not in seen:
            seen.add(ids[index])
            found.append(index)
    return np.array(found, np.int64)


def suggest(
    trained: TrainedModel,
    part: Part,
    dataset: Dataset,
    indices: Int[np.ndarray, " m"],
    *,
    count: int,
    seed: int = 0,
) -> Suggested:
    """The inputs to ask about.

    Args:
        trained: the model.
        part: an acquisition.
        dataset: where the inputs are.
        indices: those that may be asked about.
        count: how many; fewer where there are fewer.
        seed: of what is drawn.

    Raises:
        RcmvaeError: E432 if there are none.
    """
    if not len(indices):
        message = "no training input is without a label"
        raise RcmvaeError([Diagnostic("E432", message, help=["there is nothing left to ask about"])])
    wants_members = EPISTEMIC in part.capabilities().provides and len(trained.seeds) == 1
    found = trained.predict(Rows(dataset, indices), samples=SAMPLES if wants_members else 0, seed=seed)
    choose: Acquisition = instantiate(part, trained.model.context)
    chosen = choose(_candidates(trained, found), count, jax.random.key(seed))
    positions = np.asarray(chosen.positions)
    return Suggested(indices[positions], np.asarray(chosen.worth), at(found, positions))


def _candidates(trained: TrainedModel, found: Predictions) -> Candidates:
    decides = trained.judge.decides
    shares = trained.judge.shares(found.scores)
    return Candidates(
        probabilities=found.probabilities,
        epistemic=found.epistemic,
        responsibilities=found.responsibilities,
        latents=found.latents,
        unlike=np.zeros(len(found.labels)) if decides is None else shares[decides],
        tau=trained.tau[0],
    )


def at(found: Predictions, positions: Int[np.ndarray, " n"]) -> Predictions:
    """The predictions of some inputs, in this order."""
    some = jax.tree.map(lambda array: array[positions], found._replace(class_names=()))
    return some._replace(class_names=found.class_names)
