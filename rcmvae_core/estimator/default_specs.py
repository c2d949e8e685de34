"""Builds the spec of an estimator without a `spec`: a recipe, in the lengths of an estimator."""

from __future__ import annotations

from typing import Any

from rcmvae_core.experiment.recipes import DataFacts, parts

_LAST_EPOCH_ONLY = 1_000_000
_EPOCHS = 30


def default_spec(facts: DataFacts) -> dict[str, Any]:
    """Return the spec for data: `fit` makes every epoch 32 steps at least, so that small data get enough steps.

    Args:
        facts: about the data.

    Returns:
        Nested tables, without data.
    """
    tables = parts(facts)
    for label in ("reconstruction", "kl_z"):
        tables["loss"][label]["weight"] = {"linear": {"start": 0.02, "end": 1.0, "over": 300}}
    return {
        "name": "estimator",
        "data": {"scale": "standard" if facts.form == "features" else "minmax"},
        **tables,
        "train": {
            "epochs": _EPOCHS,
            "batch_size": 128,
            "labelled_batch_size": facts.weights.labelled_batch,
            "evaluate_every": _LAST_EPOCH_ONLY,
            "select": "last",
            "optimizer": {"adam": {"learning_rate": 1e-3}},
        },
    }
