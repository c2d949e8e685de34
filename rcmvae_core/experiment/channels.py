"""Computes what a run says of the number of its channels, with the programs that evaluated it."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Int

from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.inference import channel_count
from rcmvae_core.training.compiled import Programs
from rcmvae_core.training.evaluation import EvalOutputs
from rcmvae_core.training.setup import Prepared
from rcmvae_core.training.state import TrainState

MAX_PLACED = 4096
"""Training inputs whose latents are compared, at most."""


def count(prepared: Prepared, programs: Programs, state: TrainState) -> dict[str, Any]:
    """Compute the number of channels in use, and what fewer or more would change, for the state of a seed.

    Args:
        prepared: data and model.
        programs: the compiled functions, of which only the evaluation is called.
        state: the result of the seed.

    Returns:
        An entry of the summary of the seed; nothing with a single channel, or with several processes, none of which
        holds all of the data.
    """
    if prepared.context.channels == 1 or jax.process_count() > 1:
        return {}
    split = prepared.split
    source, rows = (
        ("validation", split.validation) if len(split.validation) > 1 else ("training", split.train)
    )
    inputs = rows[evenly_spaced(len(rows), channel_count.MAX_INPUTS)]
    placed = split.train[evenly_spaced(len(split.train), MAX_PLACED)]
    return channel_count.count_channels(
        partial(_evaluate, programs, state, inputs),
        np.asarray(state.carry.active),
        programs.feed.evaluate(state, placed),
        source=source,
    )


def _evaluate(
    programs: Programs, state: TrainState, inputs: Int[np.ndarray, " n"], active: Bool[np.ndarray, " K"]
) -> EvalOutputs:
    """Return the statistics of inputs with only some channels.

    Args:
        programs: as of `count`.
        state: as of `count`.
        inputs: by their indices.
        active: these channels.
    """
    return programs.feed.evaluate(
        state._replace(carry=state.carry._replace(active=jnp.asarray(active))), inputs
    )
