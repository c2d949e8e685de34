"""Draws samples of each channel."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from rcmvae_core.plugin.protocols import ReportArrays, ReportData
from rcmvae_plugins.figures._arrays import by_usage, class_name, percent, usage
from rcmvae_plugins.figures._style import WIDTH, message_figure, styled, titled_figure, without_frame
from rcmvae_plugins.figures._tiles import is_image, tile_sheet, to_rgba
from rcmvae_plugins.figures.params import ChannelSamplesParams

_LABEL_WIDTH = 2.0
"""Width of the labels at the side, in inches."""


@styled
def channel_samples(params: ChannelSamplesParams, data: ReportData) -> Figure:
    """Draw a row of images, or a block of strips, for each channel, with its usage and its label at the side.

    Args:
        params: the number of samples and of channels.
        data: samples, responsibilities and τ.
    """
    arrays = data.arrays
    shares = usage(arrays)
    order = by_usage(shares)[: params.channels]
    samples = arrays.samples[order, : params.columns]
    if samples.shape[1] == 0:
        return message_figure("No samples were stored.")
    image = is_image(samples.shape[2:])
    pixels = to_rgba(samples, image=image)
    rows, columns, tile = *pixels.shape[:2], pixels.shape[2]
    if image:
        gap = max(1, tile // 12)
        sheet = tile_sheet(pixels, gap=gap, group=1, group_gap=0)
        centres = sheet.rows
    else:
        strips = pixels.reshape(rows * columns, 1, *pixels.shape[2:])
        sheet = tile_sheet(strips, gap=0, group=columns, group_gap=1)
        centres = sheet.rows.reshape(rows, columns).mean(axis=1)
    pixel_height, pixel_width = sheet.pixels.shape[:2]
    width = min(WIDTH - _LABEL_WIDTH, columns * 0.66) if image else WIDTH - _LABEL_WIDTH
    height = width * pixel_height / pixel_width if image else max(0.2 * rows, 0.045 * pixel_height)
    figure = titled_figure(width + _LABEL_WIDTH, height + 0.6, _title(arrays, rows, columns))
    axes = without_frame(figure.subplots())
    axes.imshow(sheet.pixels, aspect="equal" if image else "auto", interpolation="none")
    axes.set_xticks([])
    labels = [_row_label(arrays, channel, float(shares[channel])) for channel in order.tolist()]
    axes.set_yticks(centres, labels, parse_math=False)
    if not image:
        axes.set_xlabel(f"{pixel_width} features, 0 (pale) to 1 (blue)")
    return figure


def _title(arrays: ReportArrays, rows: int, columns: int) -> str:
    """Return the title.

    Args:
        arrays: of the report.
        rows: the number of channels in the figure.
        columns: the number of samples per channel.
    """
    channels = len(arrays.log_pi)
    subset = f"{rows} of {channels} channels" if rows < channels else f"{rows} channels"
    subset = "1 channel" if channels == 1 else subset
    label = "label, number and usage" if arrays.tau.shape[1] else "number and usage"
    return f"{columns} samples of {subset}, with {label}"


def _row_label(arrays: ReportArrays, channel: int, share: float) -> str:
    """Return the label, number and usage of a channel.

    Args:
        arrays: of the report.
        channel: its index.
        share: its usage.
    """
    # Figure spaces are as wide as digits, so that the columns are aligned.
    digits = len(str(len(arrays.log_pi) - 1))
    numbers = f"{channel:\u2007>{digits}}   {percent(share):\u2007>6}"
    row = np.nan_to_num(arrays.tau[channel])
    return f"{class_name(arrays, int(row.argmax()))}   {numbers}" if (row > 0).any() else numbers
