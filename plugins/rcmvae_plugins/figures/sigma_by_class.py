"""Draws σ by class."""

from __future__ import annotations

import numpy as np

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_plugins.figures._arrays import class_names, full_class_names
from rcmvae_plugins.figures._folding import OTHERS, fold
from rcmvae_plugins.figures._missing import NO_LABELS
from rcmvae_plugins.figures._sigma import sigma_errors
from rcmvae_plugins.figures._style import BLUE, INK, WIDTH, name_ticks, styled, titled_figure, with_grid
from rcmvae_plugins.figures.params import SigmaByClassParams

_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


@styled
def sigma_by_class(params: SigmaByClassParams, data: ReportData) -> Plot | NotApplicable:
    """Draw the median of σ in each class, highest first, with the ranges of its middle 50 % and 80 %.

    Args:
        params: the number of classes.
        data: σ and labels.
    """
    values = sigma_errors(data.arrays)
    if isinstance(values, NotApplicable):
        return values
    positions, sigma, _ = values
    labels = data.arrays.labels[positions]
    sigma, labels = sigma[labels >= 0], labels[labels >= 0]
    if not len(labels):
        return NO_LABELS
    present = np.unique(labels)
    medians = np.array([np.median(sigma[labels == label]) for label in present])
    folded = fold(present[np.argsort(-medians, kind="stable")], params.classes)
    groups = [sigma[labels == label] for label in folded.shown]
    if len(folded.rest):
        groups.append(sigma[np.isin(labels, folded.rest)])
    quantiles = np.array([np.quantile(group, _QUANTILES) for group in groups])

    names = folded.names(class_names(data.arrays, int(labels.max()) + 1))
    height = max(0.6, 0.24 * len(groups))
    title = f"highest median σ {quantiles[0, 2]:.3g}, of {names[0]}"
    figure = titled_figure(WIDTH, height + 1.1, title + folded.note("highest", "classes"))
    axes = with_grid(figure.subplots())
    axes.grid(visible=False, axis="y")
    places = np.arange(len(groups))
    axes.hlines(places, quantiles[:, 0], quantiles[:, 4], BLUE, linewidth=1.2, label="middle 80 %")
    axes.hlines(places, quantiles[:, 1], quantiles[:, 3], BLUE, linewidth=5, alpha=0.6, label="middle 50 %")
    axes.plot(quantiles[:, 2], places, "o", color=INK, markersize=4, label="median")
    axes.set_ylim(len(groups) - 0.4, -0.6)
    name_ticks(axes.yaxis, names, height)
    axes.set_xlabel("σ of an input")
    figure.legend(loc="outside lower left", ncols=3)
    full = full_class_names(data.arrays, int(labels.max()) + 1)
    table: dict[str, object] = {
        "class": [*(full[label] for label in folded.shown), *[OTHERS] * bool(len(folded.rest))],
        "inputs": [len(group) for group in groups],
        **{f"quantile_{q:g}": quantiles[:, place] for place, q in enumerate(_QUANTILES)},
    }
    return Plot(figure, table)  # pyright: ignore[reportArgumentType]
