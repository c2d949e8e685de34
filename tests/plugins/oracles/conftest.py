"""Fixtures for tests of formulas: a small context, and the inputs of a loss term."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import pytest

from rcmvae_core.plugin.protocols import BuildContext, Forward, LossInputs, Selection


@pytest.fixture(scope="session")
def make_context() -> Callable[..., BuildContext]:
    def make(**changes: Any) -> BuildContext:
        sizes: dict[str, Any] = {
            "input_shape": (2, 3, 1),
            "examples": 40,
            "labelled": 12,
            "classes": 4,
            "channels": 5,
            "dim": 3,
            "embedding_dim": 4,
            "layout": "decentralized",
            "steps_per_epoch": 10,
            "epochs": 7,
        }
        return BuildContext(**(sizes | changes))

    return make


@pytest.fixture(scope="session")
def make_inputs() -> Callable[..., LossInputs]:
    """Inputs of a loss term in which everything but the named fields is absent; five channels, unlocked."""

    def make(batch: int = 3, **fields: Any) -> LossInputs:
        weights = fields.pop("weights", None)
        if weights is not None:
            fields["selection"] = Selection(weights)
        if "log_responsibilities" in fields:
            fields.setdefault("responsibilities", jnp.exp(fields["log_responsibilities"]))
            fields.setdefault("selection", Selection(fields["responsibilities"]))
        carried = {name: fields.pop(name) for name in LossInputs._fields if name in fields}
        forward = Forward(**(dict.fromkeys(Forward._fields) | fields))
        blank = dict.fromkeys(LossInputs._fields) | {"x": jnp.zeros((batch, 2)), "forward": forward}
        blank |= {"step": jnp.int32(0), "key": jax.random.key(0), "active": jnp.ones(5, bool)}
        return LossInputs(**(blank | carried))

    return make
