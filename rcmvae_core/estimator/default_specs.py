"""Builds the spec of an estimator without a `spec`: the recipe that fits the data."""

from __future__ import annotations

from typing import Any

from rcmvae_core.experiment import recipes
from rcmvae_core.experiment.recipes import DataFacts

_LAST_EPOCH_ONLY = 1_000_000


def default_spec(facts: DataFacts, min_steps: int) -> dict[str, Any]:
    """Return the spec for data.

    Args:
        facts: about the data.
        min_steps: steps of an epoch at least.

    Returns:
        Nested tables, without data. All inputs train, so that there is nothing to choose a state by: the last is kept.
    """
    tables = recipes.spec(facts, min_steps=min_steps)
    # Images have no maximum that is known, so that they are scaled by what the training inputs show too.
    tables["data"] = {"scale": "minmax", **tables["data"]}
    tables["train"] |= {"evaluate_every": _LAST_EPOCH_ONLY, "select": "last"}
    return {"name": "estimator", **tables}
