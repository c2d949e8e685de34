"""Prepares data and model for a simulated annotation: the inputs that can be labelled, and the final sizes."""

from __future__ import annotations

import attrs
import numpy as np
from jaxtyping import Int

from rcmvae_core.active_learning.settings import SimulationSettings
from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.inference.ood import deciding_score
from rcmvae_core.model.model import build_model
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.training.setup import Prepared, prepare


def prepare_pool(
    resolved: ResolvedSpec, settings: SimulationSettings
) -> tuple[Prepared, Int[np.ndarray, " T"]]:
    """Prepare data without labels, and a model with the sizes of the last round, so that it compiles only once.

    Args:
        resolved: the checked spec.
        settings: the simulation.

    Returns:
        Data and model, and the indices of the inputs that can be labelled.

    Raises:
        RcmvaeError: E302 if the data have too few labels, or no labelled test inputs.
    """
    prepared = prepare(_simulation_spec(resolved, settings))
    pool, dataset, place = prepared.split.labelled, prepared.dataset, resolved.one("data").place
    errors: list[Diagnostic] = []
    if len(pool) < settings.total_labels:
        message = (
            f"{settings.start} first labels and {settings.rounds} rounds of {settings.batch} need "
            f"{settings.total_labels} labels, but {len(pool)} training inputs have a known class"
        )
        errors.append(
            Diagnostic("E302", message, place, help=["ask for fewer labels per round, or fewer rounds"])
        )
    if not (dataset.labels[dataset.test] >= 0).any():
        message = "no test input has a known class, so the accuracy cannot be measured"
        errors.append(Diagnostic("E302", message, place, help=["use data with labelled test inputs"]))
    if errors:
        raise RcmvaeError(errors)
    sizes = attrs.evolve(prepared.context, labelled=settings.total_labels)
    unlabelled = prepared.split._replace(labelled=pool[:0], given=pool[:0])
    return prepared._replace(model=build_model(prepared.resolved, sizes), split=unlabelled), pool


def _simulation_spec(resolved: ResolvedSpec, settings: SimulationSettings) -> ResolvedSpec:
    """Return the spec with all labels available, the epochs of the simulation, and the last state as the result."""
    data, deciding = resolved.one("data"), deciding_score(resolved)
    keys = attrs.evolve(
        data.keys, labels=None, labels_per_class=None, label_noise=0.0, label_store=None, label_revision=None
    )
    train = attrs.evolve(
        resolved.train, epochs=settings.max_epochs, select="last", patience=None, monitor="elbo"
    )
    # Acquisitions read only the score that decides.
    scores = tuple(part for part in resolved.parts.get("score", ()) if part.name == deciding)
    parts = {**resolved.parts, "data": (attrs.evolve(data, keys=keys),), "score": scores}
    return attrs.evolve(resolved, parts=parts, train=train)
