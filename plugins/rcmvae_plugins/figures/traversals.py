"""Draws what each channel decodes along the coordinates of its latent."""

from __future__ import annotations

import numpy as np

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_plugins.figures._labels import channel_label, count_of
from rcmvae_plugins.figures._style import styled
from rcmvae_plugins.figures._tiles import TileRow, tile_figure
from rcmvae_plugins.figures.params import TraversalsParams


@styled
def traversals(params: TraversalsParams, data: ReportData) -> Plot | NotApplicable:
    """Draw a row for each coordinate of each channel, with the value of the coordinate above each tile.

    Args:
        params: the number of channels.
        data: decoded inputs and their coordinates.
    """
    arrays = data.arrays
    decoded = arrays.traversals[: params.channels]
    if not decoded.size:
        return NotApplicable("no traversals were stored")
    channels, coordinates, steps = decoded.shape[:3]
    order, values = arrays.decoded_channels[:channels], arrays.traversal_values[:channels]
    rows = [
        TileRow(
            f"{channel_label(arrays, channel)}   z{axis + 1}",
            decoded[place, axis],
            # Adding zero turns -0 into 0.
            [f"{value:.1f}" for value in (values[place, axis].round(1) + 0.0).tolist()],
        )
        for place, channel in enumerate(order.tolist())
        for axis in range(coordinates)
    ]
    dim = arrays.latents.shape[1]
    which = f"z{coordinates}" if coordinates == 1 else f"z1 to z{coordinates}"
    rest = f", the first of {dim} coordinates" if coordinates < dim else ""
    title = f"{which} of {count_of(channels, len(arrays.log_pi), 'channel')}{rest}"
    change = np.abs(np.diff(decoded.astype(float), axis=2, prepend=decoded[:, :, :1]))
    table = {
        "channel": np.repeat(order, coordinates * steps),
        "coordinate": np.tile(np.repeat(np.arange(1, coordinates + 1), steps), channels),
        "value": values.reshape(-1),
        "change": change.reshape(values.size, -1).mean(axis=1),
    }
    return Plot(tile_figure(title, rows, group=coordinates), table)
