"""Decides how many inputs, channels and samples the report shows, so that its arrays stay small."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.plugin.protocols import BuildContext

SPREAD = 32
"""Pictures that are spread evenly over the held-out inputs."""
EXTREMES = 8
"""Pictures at each end of a statistic."""
MAX_SHOWN = SPREAD + 6 * EXTREMES
"""Pictures at most: both ends of three statistics are shown."""
COMPARED = 8
"""Pictures that every decoded channel reconstructs."""
_CHANNELS = 12
"""Channels that are decoded for a look, at most."""
_SAMPLES = 8
"""Samples of each channel and class, at most."""
_VALUES = 4_000_000
"""Values of an array of pictures or of latents, at most."""
_BOUND_SAMPLES, _BOUND_INPUTS, _BOUND_VALUES = 50, 1_000, 50_000_000
"""Importance samples of an input, inputs, and decoded values of the importance-weighted bound, at most."""


class ReportSizes(NamedTuple):
    """Sizes of the report's arrays.

    Args:
        members: inputs with arrays by channel.
        bound_inputs: inputs with importance weights.
        bound_samples: importance samples of each.
        channels: channels that are decoded for a look.
        channel_samples: samples of each channel; 0 if even one of each is too much.
        class_samples: samples of each class; 0 likewise.
    """

    members: int
    bound_inputs: int
    bound_samples: int
    channels: int
    channel_samples: int
    class_samples: int


def report_sizes(context: BuildContext, inputs: int) -> ReportSizes:
    """Return the sizes for a model and a number of held-out inputs.

    Example:
        >>> context = BuildContext((28, 28, 1), 1, 1, 10, 10, 2, 16, "decentralized", 1, 1)
        >>> report_sizes(context, 10_000)
        ReportSizes(members=10000, bound_inputs=1000, bound_samples=50, channels=10, channel_samples=8, class_samples=8)
    """
    pixels = math.prod(context.input_shape)
    by_channel = context.posteriors * context.dim + context.channels
    bound = min(_BOUND_INPUTS, max(_BOUND_VALUES // (_BOUND_SAMPLES * pixels), 16))
    return ReportSizes(
        members=min(inputs, max(_VALUES // by_channel, 1)),
        bound_inputs=min(inputs, bound),
        bound_samples=_BOUND_SAMPLES,
        channels=min(context.channels, _CHANNELS),
        channel_samples=min(_SAMPLES, _VALUES // (context.channels * pixels)),
        class_samples=min(_SAMPLES, _VALUES // (max(context.classes, 1) * pixels)),
    )


def shown_inputs(count: int, extremes: Sequence[Float[np.ndarray, " N"]]) -> Int[np.ndarray, " n"]:
    """Return the positions of the pictures: some that are spread evenly, then both ends of each statistic.

    Args:
        count: the number of inputs.
        extremes: statistics of the inputs; values that are not finite are left out.

    Returns:
        Positions, each once.
    """
    positions = [evenly_spaced(count, SPREAD)]
    for values in extremes:
        finite = np.flatnonzero(np.isfinite(values))
        order = finite[np.argsort(values[finite], kind="stable")]
        positions += [order[::-1][:EXTREMES], order[:EXTREMES]]
    return np.array(list(dict.fromkeys(np.concatenate(positions).tolist())), np.int64)
