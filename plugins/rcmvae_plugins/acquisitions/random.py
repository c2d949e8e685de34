"""Any inputs."""

from __future__ import annotations

import numpy as np
from jaxtyping import Array, Key

from rcmvae_core.params import NoParams
from rcmvae_core.protocols import Acquisition, Candidates, Context, Suggestion
from rcmvae_plugins.acquisitions._batch import generator


def random(params: NoParams, context: Context) -> Acquisition:
    """Every candidate is equally likely, and worth the same.

    Args:
        params: none.
        context: unused.
    """
    del params, context

    def choose(candidates: Candidates, count: int, key: Key[Array, ""]) -> Suggestion:
        total = len(candidates.responsibilities)
        positions = generator(key).permutation(total)[:count]
        return Suggestion(positions, np.zeros(len(positions)))

    return choose
