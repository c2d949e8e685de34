"""The labelled inputs of earlier calls: a few of them, so that what was learnt is not forgotten."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

_MOST = 5000


class Memory(NamedTuple):
    """Inputs in [0, 1], and their classes."""

    inputs: Float[np.ndarray, "M *x"]
    codes: Int[np.ndarray, " M"]


def remembered(inputs: Float[np.ndarray, "N *x"], codes: Int[np.ndarray, " N"]) -> Memory:
    """The labelled of some inputs; of many an even choice of each class.

    Args:
        inputs: in [0, 1].
        codes: their classes, -1 where unknown.
    """
    present = np.unique(codes[codes >= 0])
    share = _MOST // max(1, len(present))
    chosen = [np.flatnonzero(codes == code) for code in present]
    spaced = [i[np.unique(np.linspace(0, len(i) - 1, min(share, len(i))).astype(np.int64))] for i in chosen]
    kept = np.sort(np.concatenate(spaced))
    return Memory(inputs[kept], codes[kept])


def joined(inputs: Float[np.ndarray, "N *x"], codes: Int[np.ndarray, " N"], memory: Memory) -> Memory:
    """Inputs, and what is remembered beside them; of an input that is given again the new label counts.

    Args:
        inputs: in [0, 1].
        codes: their classes, -1 where unknown.
        memory: of earlier calls.
    """
    given = {row.tobytes() for row in inputs}
    other = np.array([row.tobytes() not in given for row in memory.inputs], bool)
    return Memory(
        np.concatenate([inputs, memory.inputs[other]]), np.concatenate([codes, memory.codes[other]])
    )
