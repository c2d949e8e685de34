"""Where held-out inputs lie in the latent of their channel."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from rcmvae_core.diagnostics import Diagnostics, ReportData
from rcmvae_plugins.figures._reading import by_usage, certain, class_name, percent, usage
from rcmvae_plugins.figures._style import (
    INK,
    MARKERS,
    MUTED,
    PALETTE,
    WIDTH,
    blank,
    canvas,
    grid,
    light,
    styled,
)
from rcmvae_plugins.figures.params import LatentScatterParams

_OTHER = -2
_BINS = 24
_FLAT = 2


class Look(NamedTuple):
    """How the points of a class are drawn."""

    name: str
    fill: str
    edge: str
    marker: str


@styled
def latent_scatter(params: LatentScatterParams, data: ReportData) -> Figure:
    """A panel for each channel that some input chose: points in 2-d, a histogram in 1-d."""
    found = data.diagnostics
    usable = certain(found.responsibilities) & np.isfinite(found.latents).all(axis=1)
    chosen = np.where(usable, np.nan_to_num(found.responsibilities).argmax(axis=1), -1)
    used = [channel for channel in by_usage(usage(found)) if (chosen == channel).any()]
    if not used:
        return blank("No input has finite latents.")
    groups, looks = _classes(found, params.classes)
    shown = used[: params.panels]
    columns = min(params.columns, len(shown))
    wide = max(3.0, WIDTH * columns / max(columns, min(4, params.columns)))
    cell = wide / columns
    tall = math.ceil(len(shown) / columns) * min(cell, 2.6)
    inputs = f"{usable.sum()} input" + ("s" if usable.sum() > 1 else "")
    lost = f", {(~usable).sum()} without finite values" if (~usable).any() else ""
    axis = f", first two principal components of {size}" if (size := found.latents.shape[1]) > _FLAT else ""
    finding = f"{inputs} in {len(used)} of {len(found.log_pi)} channels{axis}{lost}"
    figure = canvas(wide, tall + 1.0, finding)
    # Bars of one width, so that their heights compare.
    inside = found.latents[np.isin(chosen, shown)]
    reach = (float(inside.min()), float(inside.max())) if params.share_axes else None
    shares = usage(found)
    labels = _labels(size)
    panels = grid(figure, len(shown), columns, labels, share=params.share_axes)
    for axes, channel in zip(panels, shown, strict=True):
        members = np.flatnonzero(chosen == channel)
        light(axes).set_title(f"channel {channel} · {percent(float(shares[channel]))}", loc="left")
        _panel(axes, found.latents[members], groups[members], looks, points=params.points, reach=reach)
    present = [group for group in looks if (groups[np.isin(chosen, shown)] == group).any()]
    handles = [Line2D([], [], linestyle="", markersize=5, **_draws(looks[group])) for group in present]
    names = [looks[group].name for group in present]
    fitting = max(1, int(wide / (0.5 + 0.075 * max(map(len, names)))))
    legend = figure.legend(handles, names, loc="outside lower left", ncols=min(len(names), fitting))
    for text in legend.get_texts():
        text.set_parse_math(False)
    return figure


def _classes(found: Diagnostics, limit: int) -> tuple[Int[np.ndarray, " N"], dict[int, Look]]:
    """A group for each input, and how each group looks; rare classes share one."""
    known, counts = np.unique(found.labels[found.labels >= 0], return_counts=True)
    frequent = sorted(known[np.argsort(-counts, kind="stable")][:limit].tolist())
    looks = {
        group: Look(
            class_name(found, group),
            PALETTE[place % len(PALETTE)],
            INK,
            # The second ten repeat the colours, with other shapes.
            MARKERS[(place + place // len(PALETTE)) % len(MARKERS)],
        )
        for place, group in enumerate(frequent)
    }
    looks[_OTHER] = Look("other classes", MUTED, MUTED, ".")
    looks[-1] = Look("unknown", "none", MUTED, "o")
    groups = np.where(np.isin(found.labels, [*frequent, -1]), found.labels, _OTHER)
    return groups, looks


def _draws(look: Look) -> dict[str, Any]:
    edge = {"markerfacecolor": look.fill, "markeredgecolor": look.edge, "markeredgewidth": 0.4}
    return {"marker": look.marker, **edge}


def _panel(
    axes: Axes,
    latents: Float[np.ndarray, "n D"],
    groups: Int[np.ndarray, " n"],
    looks: dict[int, Look],
    *,
    points: int,
    reach: tuple[float, float] | None,
) -> None:
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=latents.shape[1] == 1))
    places, shares = project(latents)
    if len(shares):
        axes.set(xlabel=f"PC1 ({shares[0]:.0%})", ylabel=f"PC2 ({shares[1]:.0%})")
    kept = np.unique(np.linspace(0, len(latents) - 1, min(points, len(latents))).round().astype(int))
    present = [group for group in looks if (groups[kept] == group).any()]
    parts = [places[kept[groups[kept] == group]] for group in present]
    if places.shape[1] == 1:
        fills = [looks[group].fill if looks[group].fill != "none" else MUTED for group in present]
        axes.hist([part[:, 0] for part in parts], bins=_BINS, range=reach, stacked=True, color=fills)
        return
    for group, part in zip(present, parts, strict=True):
        axes.plot(*part.T, linestyle="", markersize=4, **_draws(looks[group]))


def project(latents: Float[np.ndarray, "n D"]) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, " s"]]:
    """At most two coordinates: the latent's own, or beyond two its principal components.

    Each channel has a projection of its own, because in a decentralized layout it has a space of its own.

    Returns:
        the coordinates, and the share of variance along each principal component; no shares for the
        latent's own coordinates.
    """
    if latents.shape[1] <= _FLAT:
        return latents, np.zeros(0)
    centred = latents.astype(float) - latents.mean(axis=0, dtype=float)
    _, strengths, directions = np.linalg.svd(centred, full_matrices=False)
    # The sign of a component is arbitrary; fixing it keeps pictures the same from machine to machine.
    largest = np.abs(directions).argmax(axis=1)
    directions = directions * np.sign(directions[np.arange(len(directions)), largest])[:, None]
    places = np.zeros((len(latents), _FLAT))
    places[:, : len(directions[:_FLAT])] = centred @ directions[:_FLAT].T
    variances = np.square(np.pad(strengths, (0, 1)))
    return places, variances[:_FLAT] / max(variances.sum(), np.finfo(float).tiny)


def _labels(size: int) -> tuple[str, str]:
    return ("z1", "inputs") if size == 1 else ("z1", "z2")
