"""Plots test accuracy against the number of labels, a curve for each acquisition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from rcmvae_core.report.drawing import INK, MUTED, RULE, report_style

# The palette of Okabe and Ito, which most colour-blind readers can distinguish; the baseline `random` is grey.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_MARGIN = 0.02


def plot_learning_curves(summary: Mapping[str, Any]) -> Figure:
    """Plot the mean over seeds as a line, and one standard deviation to each side as a band.

    Args:
        summary: what `summarise` returned.

    Returns:
        The figure.
    """
    compared = [by for by in summary["acquisitions"] if by != "random"]
    colours = {by: _COLOURS[number % len(_COLOURS)] for number, by in enumerate(compared)} | {"random": MUTED}
    count = len(summary["seeds"])
    with report_style():
        figure = Figure(figsize=(6.4, 4.0), layout="constrained")
        axes = figure.subplots()
        low = summary["target"]
        for by, curve in summary["acquisitions"].items():
            labels, mean, std = (np.array(curve[name]) for name in ("labels", "mean", "std"))
            axes.plot(labels, mean, color=colours[by], linewidth=1.8, marker="o", markersize=3, label=by)
            below, above = mean - std, np.minimum(mean + std, 1.0)
            axes.fill_between(labels, below, above, color=colours[by], alpha=0.18, linewidth=0)
            low = min(low, float(below.min()))
        target = f"target {summary['target']:g}"
        axes.axhline(summary["target"], color=MUTED, linewidth=1, linestyle="--", label=target)
        axes.set_ylim(max(0.0, low - _MARGIN), 1.0)
        axes.set_xlabel("labels")
        over = f", mean and one standard deviation over {count} seeds" if count > 1 else ", one seed"
        axes.set_title(f"test accuracy{over}", loc="left", color=INK)
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, steps=[1, 2, 5, 10]))
        axes.grid(color=RULE, linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(loc="lower right")
    return figure
