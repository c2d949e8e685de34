"""Keeps labelled inputs of earlier `partial_fit` calls, so that training on new data does not forget them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.data.sampling import evenly_spaced

_MAX_INPUTS = 5000


class ReplayMemory(NamedTuple):
    """Labelled inputs that are trained on again.

    Args:
        inputs: in their own units.
        codes: their classes, as numbers.
    """

    inputs: Float[np.ndarray, "M *x"]
    codes: Int[np.ndarray, " M"]


def select_replay(inputs: Float[np.ndarray, "N *x"], codes: Int[np.ndarray, " N"]) -> ReplayMemory:
    """Select labelled inputs to remember: all, or as many evenly spaced ones of each class as fit.

    Args:
        inputs: in their own units.
        codes: their classes, -1 where unknown.

    Returns:
        At most 5,000 labelled inputs, in their order.
    """
    classes = np.unique(codes[codes >= 0])
    per_class = _MAX_INPUTS // max(1, len(classes))
    members = [np.flatnonzero(codes == code) for code in classes]
    selected = [indices[evenly_spaced(len(indices), per_class)] for indices in members]
    kept = np.sort(np.concatenate(selected))
    return ReplayMemory(inputs[kept], codes[kept])


def add_replay(
    inputs: Float[np.ndarray, "N *x"], codes: Int[np.ndarray, " N"], memory: ReplayMemory
) -> ReplayMemory:
    """Append remembered inputs to new ones; for an input that is in both, the new label replaces the old one.

    Args:
        inputs: new inputs.
        codes: their classes, -1 where unknown.
        memory: the inputs of earlier calls.

    Returns:
        All inputs and their classes.
    """
    repeated = {row.tobytes() for row in inputs}
    kept = np.array([row.tobytes() not in repeated for row in memory.inputs], bool)
    return ReplayMemory(
        np.concatenate([inputs, memory.inputs[kept]]), np.concatenate([codes, memory.codes[kept]])
    )
