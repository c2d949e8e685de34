"""Scores of a model's own inputs beside those of others."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from rcmvae_core.report.drawing import INK, MUTED, RULE, inked

_BINS = 60
_COLUMNS = 3
_OWN, _OTHER = "#2a6fdb", "#d9730d"


def histograms(
    own: Mapping[str, Float[np.ndarray, " N"]],
    other: Mapping[str, Float[np.ndarray, " M"]],
    thresholds: Mapping[str, float],
    titles: Mapping[str, str],
) -> Figure:
    """A panel for each score: the density of test inputs, that of the others, and the threshold between them.

    Args:
        own: scores of test inputs.
        other: of inputs from elsewhere.
        thresholds: what training inputs exceed by chance only.
        titles: of each panel.
    """
    columns = min(_COLUMNS, len(own))
    rows = -(-len(own) // columns)
    with inked():
        figure = Figure(figsize=(9.6, 0.5 + 2.2 * rows), layout="constrained")
        figure.suptitle("test inputs (blue) and others (orange)", x=0.0, ha="left", fontsize=10, color=INK)
        panels = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
        for panel, name in zip(panels, own, strict=False):
            # A few inputs far out would squeeze all others into one bin.
            both = np.concatenate([own[name], other[name]])
            low, high = np.quantile(both, [0.001, 0.999])
            edges = np.linspace(low, max(high, low + 1e-9), _BINS + 1)
            for values, colour in ((own[name], _OWN), (other[name], _OTHER)):
                kept = np.clip(values, low, edges[-1])
                panel.hist(kept, edges, density=True, color=colour, alpha=0.55)
            panel.axvline(np.clip(thresholds[name], low, edges[-1]), color=MUTED, linewidth=1, linestyle="--")
            panel.set_title(titles[name], loc="left")
            panel.set_yticks([])
            panel.spines[["top", "right", "left"]].set_visible(False)
            panel.spines["bottom"].set_color(RULE)
        for spare in panels[len(own) :]:
            spare.remove()
    return figure
