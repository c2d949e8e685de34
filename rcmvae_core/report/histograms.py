"""Plots the scores of test inputs beside those of other inputs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from rcmvae_core.report.drawing import INK, MUTED, RULE, report_style

_BINS = 60
_COLUMNS = 3
_OWN, _OTHER = "#2a6fdb", "#d9730d"


def score_histograms(
    own: Mapping[str, Float[np.ndarray, " N"]],
    other: Mapping[str, Float[np.ndarray, " M"]],
    thresholds: Mapping[str, float],
    titles: Mapping[str, str],
) -> Figure:
    """Plot a panel for each score: its density over test inputs and over other inputs, and its threshold.

    Args:
        own: scores of test inputs, by name.
        other: scores of other inputs, by name.
        thresholds: of each score, above which inputs are out-of-distribution.
        titles: of each panel.

    Returns:
        The figure.
    """
    columns = min(_COLUMNS, len(own))
    rows = -(-len(own) // columns)
    with report_style():
        figure = Figure(figsize=(9.6, 0.5 + 2.2 * rows), layout="constrained")
        title = "test inputs (blue) and others (orange)"
        figure.suptitle(title, x=0.0, ha="left", fontsize=10, color=INK)
        panels = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
        for panel, name in zip(panels, own, strict=False):
            # Quantiles, because a few extreme scores would squeeze all others into one bin.
            both = np.concatenate([own[name], other[name]])
            low, high = np.quantile(both, [0.001, 0.999])
            edges = np.linspace(low, max(high, low + 1e-9), _BINS + 1)
            for values, colour in ((own[name], _OWN), (other[name], _OTHER)):
                panel.hist(np.clip(values, low, edges[-1]), edges, density=True, color=colour, alpha=0.55)
            panel.axvline(np.clip(thresholds[name], low, edges[-1]), color=MUTED, linewidth=1, linestyle="--")
            panel.set_title(titles[name], loc="left")
            panel.set_yticks([])
            panel.spines[["top", "right", "left"]].set_visible(False)
            panel.spines["bottom"].set_color(RULE)
        for unused in panels[len(own) :]:
            unused.remove()
    return figure
