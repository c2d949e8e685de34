"""Draws how much information the latent of each channel holds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportArrays, ReportData
from rcmvae_plugins.figures._arrays import by_usage
from rcmvae_plugins.figures._channel_members import member_responsibilities
from rcmvae_plugins.figures._folding import fold
from rcmvae_plugins.figures._missing import ONE_CHANNEL
from rcmvae_plugins.figures._style import (
    BLUE,
    INK,
    ORANGE,
    WIDTH,
    name_ticks,
    styled,
    titled_figure,
    with_grid,
)
from rcmvae_plugins.figures.params import ChannelKlParams


class ChannelMeans(NamedTuple):
    """Means over inputs, of each channel.

    Args:
        inputs: the expected number of inputs of the channel, Σ q(c|x).
        own: the mean KL under q(c|x), in nats; NaN for a channel without inputs.
        every: the mean KL over all inputs, in nats.
    """

    inputs: Float[np.ndarray, " K"]
    own: Float[np.ndarray, " K"]
    every: Float[np.ndarray, " K"]


@styled
def channel_kl(params: ChannelKlParams, data: ReportData) -> Plot | NotApplicable:
    """Draw bars of the mean KL(q(z|x) || p(z|c)) over the inputs of each channel, and dots of that over all inputs.

    Args:
        params: the number of channels, and the usage from which one is shown.
        data: the KL by channel, and responsibilities.
    """
    arrays = data.arrays
    channels = arrays.responsibilities.shape[1]
    if channels == 1:
        return ONE_CHANNEL
    if not arrays.channel_kl.size or not np.isfinite(arrays.channel_kl).any():
        return NotApplicable("no input has a finite KL by channel")
    if arrays.channel_kl.shape[1] == 1:
        return NotApplicable("all channels share one latent, so there is one KL and none by channel")
    means = channel_means(arrays)
    # The mean over inputs of a channel that is hardly used is one over the inputs of others.
    order = by_usage(means.inputs)
    order = order[means.inputs[order] > params.usage * len(arrays.members)]
    if not len(order):
        return NotApplicable("no channel is used for inputs with a finite KL")
    folded = fold(order, params.channels)
    # The others have one bar: their mean over the inputs of all of them.
    inputs, own_sums = folded.sums(means.inputs), folded.sums(means.inputs * np.nan_to_num(means.own))
    own = np.divide(own_sums, inputs, out=np.full(len(inputs), np.nan), where=inputs > 0)
    every = means.every[folded.shown]
    if len(folded.rest):
        every = np.append(every, means.every[folded.rest].mean())
    names = folded.names([str(channel) for channel in range(channels)])

    overall = float(own_sums.sum() / max(inputs.sum(), np.finfo(float).tiny))
    unused = channels - len(order)
    title = f"KL of {overall:.3g} nats on average under q(c|x){folded.note('most used', 'channels')}"
    title += f"; {unused} hardly used" if unused else ""
    figure = titled_figure(WIDTH, 3.2, title)
    axes = with_grid(figure.subplots())
    axes.grid(visible=False, axis="x")
    positions = np.arange(len(names))
    axes.bar(positions, own, width=0.72, color=BLUE, label="its own inputs, by q(c|x)")
    size = float(np.clip(200 / len(names), 2.5, 5))
    axes.plot(positions, every, "D", color=ORANGE, markersize=size, label="all inputs", mec=INK, mew=0.4)
    name_ticks(axes.xaxis, names, (WIDTH - 1.0) * 0.4)
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("channel, most used first")
    axes.set_ylabel("KL(q(z|x) || p(z|c)), nats")
    figure.legend(loc="outside lower left", ncols=2)
    return Plot(figure, {"channel": names, "inputs": inputs, "kl_own_inputs": own, "kl_all_inputs": every})


def channel_means(arrays: ReportArrays) -> ChannelMeans:
    """Compute the mean KL of each channel, over the inputs with finite values."""
    weights = member_responsibilities(arrays)
    kl = arrays.channel_kl.astype(float)
    finite = np.isfinite(kl)
    weights = np.where(finite, weights, 0.0)
    inputs, counts = weights.sum(axis=0), finite.sum(axis=0)
    filled = np.where(finite, kl, 0.0)
    empty = np.full(len(inputs), np.nan)
    own = np.divide((weights * filled).sum(axis=0), inputs, out=empty.copy(), where=inputs > 0)
    every = np.divide(filled.sum(axis=0), counts, out=empty.copy(), where=counts > 0)
    return ChannelMeans(inputs, own, every)
