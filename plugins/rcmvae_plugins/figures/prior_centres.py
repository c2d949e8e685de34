"""Draws the centres of the prior with the inputs of each channel."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.patches import Ellipse

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportArrays, ReportData
from rcmvae_core.report.drawing import INK, MUTED
from rcmvae_plugins.figures._arrays import by_usage, finite_rows
from rcmvae_plugins.figures._labels import count_of
from rcmvae_plugins.figures._points import Latents, channel_latents
from rcmvae_plugins.figures._projection import own_axes
from rcmvae_plugins.figures._style import BLUE, ORANGE, WIDTH, name_ticks, styled, titled_figure, with_grid
from rcmvae_plugins.figures.params import PriorCentresParams

_SAME = 1e-6


class _Clouds(NamedTuple):
    """The aggregated posterior of each channel: the mean over its inputs of q(z|x), weighted by q(c|x).

    Args:
        channels: those with inputs, most used first.
        means: of the aggregated posteriors.
        covariances: of the aggregated posteriors.
    """

    channels: Int[np.ndarray, " c"]
    means: Float[np.ndarray, "c D"]
    covariances: Float[np.ndarray, "c D D"]


@styled
def prior_centres(params: PriorCentresParams, data: ReportData) -> Plot | NotApplicable:
    """Draw the mean of p(z|c) of each channel, and its aggregated posterior as an ellipse of one standard deviation.

    Args:
        params: the number of channels.
        data: the means of the prior, responsibilities and latents.
    """
    arrays = data.arrays
    if not arrays.prior_means.size:
        return NotApplicable("the prior has no means of channels")
    known = finite_rows(arrays.prior_means)
    if not known.any():
        return NotApplicable("no channel has a finite prior mean")
    if np.ptp(arrays.prior_means[known], axis=0).max() < _SAME:
        return NotApplicable("all channels have the same prior mean")
    if not arrays.channel_means.size:
        return NotApplicable("no latents of channels were stored")
    clouds = _clouds(channel_latents(arrays), arrays, np.flatnonzero(known), params.channels)
    if not len(clouds.channels):
        return NotApplicable("no input has finite latents")
    plane = own_axes(np.concatenate([arrays.prior_means[known], clouds.means]))
    centres = plane.project(arrays.prior_means[clouds.channels])
    means = plane.project(clouds.means)
    spreads = plane.directions @ clouds.covariances @ plane.directions.T
    distance = np.linalg.norm(arrays.prior_means[clouds.channels] - clouds.means, axis=1)
    subset = count_of(len(clouds.channels), len(arrays.prior_means), "channel")
    title = f"{subset}, mean distance between prior and posterior {distance.mean():.2f}"
    draw = _draw_line if means.shape[1] == 1 else _draw_plane
    figure = titled_figure(WIDTH, 3.6 if means.shape[1] == 1 else 6.4, title)
    draw(figure.subplots(), clouds.channels, centres, means, spreads)
    figure.axes[0].set_xlabel(plane.names[0])
    if means.shape[1] > 1:
        figure.axes[0].set_ylabel(plane.names[1])
    figure.legend(loc="outside lower left", ncols=2)
    axes_names = "xy"[: means.shape[1]]
    table = {"channel": clouds.channels, "distance": distance}
    table |= {f"prior_{name}": centres[:, i] for i, name in enumerate(axes_names)}
    table |= {f"posterior_{name}": means[:, i] for i, name in enumerate(axes_names)}
    return Plot(figure, table)


def _clouds(latents: Latents, arrays: ReportArrays, candidates: Int[np.ndarray, " k"], limit: int) -> _Clouds:
    """Compute the aggregated posterior of the most used channels.

    Args:
        latents: of the inputs.
        arrays: of the report.
        candidates: the channels to choose from.
        limit: the largest number of channels.
    """
    totals = latents.weights.sum(axis=0)
    channels = np.array([c for c in by_usage(totals) if totals[c] > 0 and c in candidates][:limit], int)
    variances = _variances(latents, arrays)
    means, covariances = [], []
    for channel in channels.tolist():
        weights = latents.weights[:, channel] / totals[channel]
        values = latents.of_channel(channel).astype(float)
        mean = weights @ values
        spread = (weights[:, None] * (values - mean)).T @ (values - mean)
        own = 0 if latents.shared else channel
        means.append(mean)
        covariances.append(spread + np.diag(weights @ variances[:, own]))
    dim = latents.means.shape[2]
    return _Clouds(channels, np.reshape(means, (-1, dim)), np.reshape(covariances, (-1, dim, dim)))


def _variances(latents: Latents, arrays: ReportArrays) -> Float[np.ndarray, "M k D"]:
    """Return the posterior variances; zero where they were not stored."""
    if arrays.channel_log_vars.shape != arrays.channel_means.shape:
        return np.zeros_like(latents.means)
    rows = np.isin(arrays.members, latents.positions)
    return np.nan_to_num(np.exp(arrays.channel_log_vars[rows].astype(float)))


def _draw_plane(
    axes: Axes,
    channels: Int[np.ndarray, " c"],
    centres: Float[np.ndarray, "c 2"],
    means: Float[np.ndarray, "c 2"],
    spreads: Float[np.ndarray, "c 2 2"],
) -> None:
    """Draw an ellipse for each channel, with a line to the centre of its prior.

    Args:
        axes: the axes to draw in.
        channels: their numbers.
        centres: of the prior.
        means: of the aggregated posteriors.
        spreads: covariances of the aggregated posteriors.
    """
    with_grid(axes).set_aspect("equal", adjustable="datalim")
    for mean, centre, spread in zip(means, centres, spreads, strict=True):
        values, vectors = np.linalg.eigh(spread)
        minor, major = 2 * np.sqrt(np.maximum(values, 0))
        angle = float(np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1])))
        ellipse = Ellipse((mean[0], mean[1]), major, minor, angle=angle, linewidth=0.8)
        # Many ellipses over each other would hide all marks.
        ellipse.set(facecolor=(BLUE, min(0.15, 1.2 / len(channels))), edgecolor=(BLUE, 0.5))
        axes.add_patch(ellipse)
        axes.plot(*zip(mean, centre, strict=True), color=MUTED, linewidth=0.7)
    _draw_marks(axes, centres, means)
    for channel, mean in zip(channels.tolist(), means, strict=True):
        axes.annotate(str(channel), mean, (4, 3), textcoords="offset points", fontsize=8, color=INK)


def _draw_line(
    axes: Axes,
    channels: Int[np.ndarray, " c"],
    centres: Float[np.ndarray, "c 1"],
    means: Float[np.ndarray, "c 1"],
    spreads: Float[np.ndarray, "c 1 1"],
) -> None:
    """Draw a row for each channel, with a bar of one standard deviation on both sides of its mean.

    Args:
        axes: the axes to draw in.
        channels: their numbers.
        centres: of the prior.
        means: of the aggregated posteriors.
        spreads: variances of the aggregated posteriors.
    """
    rows = np.arange(len(channels))
    deviations = np.sqrt(np.maximum(spreads[:, 0, 0], 0))
    with_grid(axes).hlines(
        rows, means[:, 0] - deviations, means[:, 0] + deviations, color=BLUE, alpha=0.5, linewidth=4
    )
    _draw_marks(axes, np.column_stack([centres[:, 0], rows]), np.column_stack([means[:, 0], rows]))
    name_ticks(axes.yaxis, [str(channel) for channel in channels], 2.6)
    axes.set_ylabel("channel")
    axes.invert_yaxis()


def _draw_marks(axes: Axes, centres: Float[np.ndarray, "c 2"], means: Float[np.ndarray, "c 2"]) -> None:
    """Draw the centres of the prior and the means of the aggregated posteriors.

    Args:
        axes: the axes to draw in.
        centres: of the prior.
        means: of the aggregated posteriors.
    """
    axes.plot(*means.T, "o", color=BLUE, markersize=4, label="aggregated posterior, ± one standard deviation")
    axes.plot(
        *centres.T,
        "D",
        color=ORANGE,
        markeredgecolor=INK,
        markeredgewidth=0.4,
        markersize=5,
        label="prior mean",
    )
