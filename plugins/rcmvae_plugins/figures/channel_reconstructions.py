"""Draws inputs as each channel decodes them."""

from __future__ import annotations

import numpy as np

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_plugins.figures._arrays import usage
from rcmvae_plugins.figures._labels import channel_label, count_of, verdict
from rcmvae_plugins.figures._pictures import grid_columns, of_pictures, picture_columns
from rcmvae_plugins.figures._style import styled
from rcmvae_plugins.figures._tiles import TileRow, tile_figure
from rcmvae_plugins.figures.params import ChannelReconstructionsParams


@styled
def channel_reconstructions(params: ChannelReconstructionsParams, data: ReportData) -> Plot | NotApplicable:
    """Draw a row of inputs, and below it a row for each channel, with q(c|x) above each tile.

    Args:
        params: the number of inputs and of channels.
        data: inputs, their reconstructions by each channel, and responsibilities.
    """
    arrays = data.arrays
    decoded = arrays.channel_reconstructions[: params.columns, : params.channels]
    if not decoded.size:
        return NotApplicable("no reconstructions by single channels were stored")
    count, channels = decoded.shape[:2]
    pictures = np.arange(count)
    inputs, order = arrays.inputs[:count], arrays.decoded_channels[:channels]
    shares = usage(arrays)
    verdicts = [verdict(arrays, picture) for picture in range(count)]
    rows = [TileRow("input", inputs, verdicts if any(verdicts) else ())]
    weights = [of_pictures(arrays, arrays.responsibilities[:, channel])[:count] for channel in order]
    for place, (channel, weight) in enumerate(zip(order.tolist(), weights, strict=True)):
        label = channel_label(arrays, channel, float(shares[channel]))
        texts = [f"{q:.2f}" if q >= 0.005 else "" for q in weight.tolist()]  # noqa: PLR2004 - rounds to 0.00
        rows.append(TileRow(label, decoded[:, place], texts, reference=inputs))
    subset = count_of(channels, len(arrays.log_pi), "channel")
    title = f"{count_of(count, count, 'input')} by {subset}, with usage, and q(c|x) above each"
    table = grid_columns([str(channel) for channel in order], picture_columns(arrays, pictures))
    table |= {"decoded_by": np.repeat(order, count), "responsibility": np.concatenate(weights)}
    del table["row"]
    return Plot(tile_figure(title, rows), table)
