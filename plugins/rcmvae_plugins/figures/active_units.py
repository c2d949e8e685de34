"""Draws which coordinates of the latents hold information."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportArrays, ReportData
from rcmvae_core.report.drawing import MUTED
from rcmvae_plugins.figures._channel_members import member_responsibilities
from rcmvae_plugins.figures._style import BLUE, ORANGE, WIDTH, styled, titled_figure, with_grid
from rcmvae_plugins.figures.params import ActiveUnitsParams

_LEAST_SHOWN = 1e-8


@styled
def active_units(params: ActiveUnitsParams, data: ReportData) -> Plot | NotApplicable:
    """Draw the variance over inputs of the posterior mean of each unit, largest first, and the threshold.

    Where each channel has a latent, inputs are weighted by q(c|x), and channels without usage are left out.

    Source: Burda, Grosse and Salakhutdinov 2016, "Importance Weighted Autoencoders", arXiv:1509.00519.

    Args:
        params: the threshold, and the usage of a channel from which its units are shown.
        data: posterior means by channel, and responsibilities.
    """
    if not data.arrays.channel_means.size:
        return NotApplicable("no posterior means by channel were stored")
    variances = unit_variances(data.arrays, params.usage)
    channel, unit = np.nonzero(np.isfinite(variances))
    if not len(channel):
        return NotApplicable("no channel has inputs with finite posterior means")
    order = np.argsort(-variances[channel, unit], kind="stable")
    channel, unit = channel[order], unit[order]
    values = variances[channel, unit]
    active = values > params.least

    figure = titled_figure(WIDTH, 3.2, f"{int(active.sum())} of {len(values)} units active")
    axes = with_grid(figure.subplots())
    places = np.arange(1, len(values) + 1)
    size = float(np.clip(300 / len(values), 2.0, 6.0))
    for mask, color, label in ((active, BLUE, "active"), (~active, MUTED, "inactive")):
        heights = np.maximum(values[mask], _LEAST_SHOWN)
        axes.plot(places[mask], heights, "o", color=color, markersize=size, label=label)
    axes.axhline(
        params.least, color=ORANGE, linewidth=1.2, linestyle="--", label=f"threshold {params.least:g}"
    )
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    axes.set_xlim(0.3, len(values) + 0.7)
    axes.set_xlabel("unit, largest variance first")
    axes.set_ylabel("variance of the posterior mean")
    figure.legend(loc="outside lower left", ncols=3)
    return Plot(figure, {"channel": channel, "unit": unit, "variance": values, "active": active})


def unit_variances(arrays: ReportArrays, usage: float) -> Float[np.ndarray, "k D"]:
    """Compute the variance of the posterior mean of each unit; NaN for a channel whose usage is less than `usage`.

    Args:
        arrays: posterior means by channel, and responsibilities.
        usage: the least mean of q(c|x).
    """
    means = arrays.channel_means.astype(float)
    finite = np.isfinite(means).all(axis=(1, 2))
    means = means[finite]
    shared = means.shape[1] == 1
    weights = np.ones((len(means), 1)) if shared else member_responsibilities(arrays)[finite]
    totals = weights.sum(axis=0)
    used = totals > max(usage * len(means), np.finfo(float).tiny)
    weights = weights / np.where(used, totals, 1.0)
    centred = means - np.einsum("mk,mkd->kd", weights, means)
    variances = np.einsum("mk,mkd->kd", weights, np.square(centred))
    return np.where(used[:, None], variances, np.nan)
