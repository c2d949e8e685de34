"""Draws the distances between the embeddings of channels."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_plugins.figures._arrays import by_usage, finite_rows, usage
from rcmvae_plugins.figures._missing import ONE_CHANNEL
from rcmvae_plugins.figures._style import WIDTH, heat_scale, heatmap, name_ticks, styled, titled_figure
from rcmvae_plugins.figures.params import EmbeddingDistancesParams


@styled
def embedding_distances(params: EmbeddingDistancesParams, data: ReportData) -> Plot | NotApplicable:
    """Draw the Euclidean distance |e_c - e_d| of each pair of channels, most used channel first.

    Args:
        params: the number of channels, and the number of them up to which distances are written.
        data: embeddings and responsibilities.
    """
    embeddings = data.arrays.embeddings.astype(float)
    if not embeddings.size:
        return NotApplicable("the model has no channel embeddings")
    if len(embeddings) == 1:
        return ONE_CHANNEL
    if not finite_rows(embeddings).any():
        return NotApplicable("no channel has a finite embedding")
    shares = usage(data.arrays)
    order = by_usage(shares) if len(shares) == len(embeddings) else np.arange(len(embeddings))
    order = order[: params.channels]
    distances = pairwise_distances(embeddings[order])
    off_diagonal = distances[~np.eye(len(order), dtype=bool)]
    finite = off_diagonal[np.isfinite(off_diagonal)]
    largest = float(finite.max(initial=0.0)) or 1.0

    side = float(np.clip(0.42 * len(order), 2.4, 6.0))
    figure = titled_figure(min(WIDTH, side + 2.2), side + 1.0, _title(finite, len(order), len(embeddings)))
    axes = figure.subplots()
    texts = [[f"{value:.2g}" for value in row] for row in distances]
    heatmap(axes, distances / largest, texts if len(order) <= params.annotate else None)
    axes.set_aspect("equal")
    heat_scale(figure, axes, largest, "distance")
    names = [str(channel) for channel in order.tolist()]
    for axis in (axes.xaxis, axes.yaxis):
        name_ticks(axis, names, side)
        axis.set_label_text("channel, most used first")
    table = {
        "channel": np.repeat(order, len(order)),
        "other": np.tile(order, len(order)),
        "distance": distances.ravel(),
    }
    return Plot(figure, table)


def pairwise_distances(embeddings: Float[np.ndarray, "K E"]) -> Float[np.ndarray, "K K"]:
    """Return the Euclidean distance of each pair of embeddings."""
    squares = np.square(embeddings).sum(axis=1)
    # Rounding can make the square of a small distance negative.
    squared = np.maximum(squares[:, None] + squares[None] - 2 * embeddings @ embeddings.T, 0.0)
    np.fill_diagonal(squared, 0.0)
    return np.sqrt(squared)


def _title(distances: Float[np.ndarray, " n"], shown: int, channels: int) -> str:
    """Return the title.

    Args:
        distances: of pairs.
        shown: the number of channels in the figure.
        channels: of the model.
    """
    subset = f"; the {shown} most used of {channels} channels" if shown < channels else ""
    if not len(distances):
        return f"no finite distance{subset}"
    return f"distances from {distances.min():.2g} to {distances.max():.2g}, median {np.median(distances):.2g}{subset}"
