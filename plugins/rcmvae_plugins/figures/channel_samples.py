"""What each channel generates."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from rcmvae_core.diagnostics import Diagnostics, ReportData
from rcmvae_plugins.figures._reading import by_usage, class_name, percent, usage
from rcmvae_plugins.figures._style import WIDTH, bare, blank, canvas, styled
from rcmvae_plugins.figures._tiles import coloured, is_image, sheet
from rcmvae_plugins.figures.params import ChannelSamplesParams

_NAMES = 2.0


@styled
def channel_samples(params: ChannelSamplesParams, data: ReportData) -> Figure:
    """A row of images, or a block of strips, for each channel; its usage and its label at the side."""
    found = data.diagnostics
    shares = usage(found)
    order = by_usage(shares)[: params.channels]
    samples = found.samples[order, : params.columns]
    if samples.shape[1] == 0:
        return blank("No sample was kept.")
    image = is_image(samples.shape[2:])
    pixels = coloured(samples, image=image)
    rows, columns, tile = *pixels.shape[:2], pixels.shape[2]
    if image:
        gap = max(1, tile // 12)
        laid = sheet(pixels, gap=gap, group=1, group_gap=0)
        places = laid.rows
    else:
        strips = pixels.reshape(rows * columns, 1, *pixels.shape[2:])
        laid = sheet(strips, gap=0, group=columns, group_gap=1)
        places = laid.rows.reshape(rows, columns).mean(axis=1)
    height, width = laid.pixels.shape[:2]
    wide = min(WIDTH - _NAMES, columns * 0.66) if image else WIDTH - _NAMES
    tall = wide * height / width if image else max(0.2 * rows, 0.045 * height)
    shown = f"{rows} of {len(shares)} channels" if rows < len(shares) else f"{rows} channels"
    shown = "1 channel" if len(shares) == 1 else shown
    what = "label, number and usage" if found.tau.shape[1] else "number and usage"
    figure = canvas(wide + _NAMES, tall + 0.6, f"{columns} samples of {shown}, with {what}")
    axes = bare(figure.subplots())
    axes.imshow(laid.pixels, aspect="equal" if image else "auto", interpolation="none")
    axes.set_xticks([])
    labels = [_label(found, channel, float(shares[channel])) for channel in order.tolist()]
    axes.set_yticks(places, labels, parse_math=False)
    if not image:
        axes.set_xlabel(f"{width} features, 0 (pale) to 1 (blue)")
    return figure


def _label(found: Diagnostics, channel: int, share: float) -> str:
    """Label, number and usage; figure spaces are as wide as digits, so that the columns line up."""
    digits = len(str(len(found.log_pi) - 1))
    numbers = f"{channel:\u2007>{digits}}   {percent(share):\u2007>6}"
    row = np.nan_to_num(found.tau[channel])
    return f"{class_name(found, int(row.argmax()))}   {numbers}" if (row > 0).any() else numbers
