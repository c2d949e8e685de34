"""Draws samples of each channel."""

from __future__ import annotations

import numpy as np

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_plugins.figures._arrays import by_usage, usage
from rcmvae_plugins.figures._labels import channel_label, count_of
from rcmvae_plugins.figures._pictures import sample_columns
from rcmvae_plugins.figures._style import styled
from rcmvae_plugins.figures._tiles import TileRow, tile_figure
from rcmvae_plugins.figures.params import ChannelSamplesParams


@styled
def channel_samples(params: ChannelSamplesParams, data: ReportData) -> Plot | NotApplicable:
    """Draw a row of samples for each channel, with its label, number and usage at the side.

    Args:
        params: the number of samples and of channels.
        data: samples, responsibilities and τ.
    """
    arrays = data.arrays
    shares = usage(arrays)
    order = by_usage(shares)[: params.channels]
    if not arrays.samples.size:
        return NotApplicable("no samples were stored")
    samples = arrays.samples[order, : params.columns]
    channels, count = samples.shape[:2]
    rows = [
        TileRow(channel_label(arrays, channel, float(shares[channel])), tiles)
        for channel, tiles in zip(order.tolist(), samples, strict=True)
    ]
    beside = "label and usage" if arrays.tau.shape[1] else "usage"
    subset = count_of(channels, len(arrays.log_pi), "channel")
    title = f"{count_of(count, count, 'sample')} of {subset}, with {beside}"
    table = {"channel": np.repeat(order, count), "usage": np.repeat(shares[order], count)}
    return Plot(tile_figure(title, rows), table | sample_columns(samples))
