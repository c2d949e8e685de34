"""What an annotator can be asked about, and a model made for the labels that there will be."""

from __future__ import annotations

import attrs
import numpy as np
from jaxtyping import Int

from rcmvae_core import model
from rcmvae_core.active.plan import Plan
from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.inference.scores import deciding
from rcmvae_core.resolve import ResolvedSpec
from rcmvae_core.training.prepare import Prepared, prepare


def pooled(resolved: ResolvedSpec, plan: Plan) -> tuple[Prepared, Int[np.ndarray, " T"]]:
    """Data and model, made for as many labels as there will be, of which none is given yet.

    Args:
        resolved: the checked spec.
        plan: what is simulated.

    Returns:
        What to train with, and the inputs that an annotator can label.

    Raises:
        RcmvaeError: E302 if the data cannot give what the plan asks for.
    """
    prepared = prepare(_spec(resolved, plan))
    pool, dataset, place = prepared.split.labelled, prepared.dataset, resolved.one("data").place
    faults: list[Diagnostic] = []
    if len(pool) < plan.labels:
        message = (
            f"{plan.start} first labels and {plan.rounds} rounds of {plan.batch} make {plan.labels}, "
            f"but {len(pool)} training inputs have a known class"
        )
        faults.append(Diagnostic("E302", message, place, help=["ask for fewer labels, or in fewer rounds"]))
    if not (dataset.labels[dataset.test] >= 0).any():
        message = "no test input has a known class, so that nothing tells how good the model is"
        faults.append(Diagnostic("E302", message, place, help=["name data with labels"]))
    if faults:
        raise RcmvaeError(faults)
    sizes = attrs.evolve(prepared.context, labelled=plan.labels)
    nobody = prepared.split._replace(labelled=pool[:0], given=pool[:0])
    return prepared._replace(model=model.build(prepared.resolved, sizes), split=nobody), pool


def _spec(resolved: ResolvedSpec, plan: Plan) -> ResolvedSpec:
    """The spec, with every label within reach, as many epochs as there will be, and the last state as the result."""
    data, chosen = resolved.one("data"), deciding(resolved)
    keys = attrs.evolve(
        data.keys, labels=None, labels_per_class=None, label_noise=0.0, label_store=None, label_revision=None
    )
    train = attrs.evolve(resolved.train, epochs=plan.all_epochs, select="last", patience=None, monitor="elbo")
    # Acquisitions read no other score.
    scores = tuple(part for part in resolved.parts.get("score", ()) if part.name == chosen)
    parts = {**resolved.parts, "data": (attrs.evolve(data, keys=keys),), "score": scores}
    return attrs.evolve(resolved, parts=parts, train=train)
