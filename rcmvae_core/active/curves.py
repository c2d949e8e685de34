"""Accuracy by labels, a curve for each acquisition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from rcmvae_core.report.drawing import INK, MUTED, RULE, inked

# Of Okabe and Ito, told apart by most colour-blind eyes; random, the yardstick, is grey.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_ROOM = 0.02


def curves(found: Mapping[str, Any]) -> Figure:
    """The mean over seeds as a line, and a band of one standard deviation to each side.

    Args:
        found: what `summarise` gave.
    """
    others = [by for by in found["acquisitions"] if by != "random"]
    colours = {by: _COLOURS[number % len(_COLOURS)] for number, by in enumerate(others)} | {"random": MUTED}
    count = len(found["seeds"])
    with inked():
        figure = Figure(figsize=(6.4, 4.0), layout="constrained")
        axes = figure.subplots()
        low = found["target"]
        for by, curve in found["acquisitions"].items():
            labels, mean, std = (np.array(curve[name]) for name in ("labels", "mean", "std"))
            axes.plot(labels, mean, color=colours[by], linewidth=1.8, marker="o", markersize=3, label=by)
            below, above = mean - std, np.minimum(mean + std, 1.0)
            axes.fill_between(labels, below, above, color=colours[by], alpha=0.18, linewidth=0)
            low = min(low, float(below.min()))
        axes.axhline(found["target"], color=MUTED, linewidth=1, linestyle="--")
        axes.set_ylim(max(0.0, low - _ROOM), 1.0)
        axes.set_xlabel("labels")
        axes.set_title(f"test accuracy, {count} seed{'s' if count > 1 else ''}", loc="left", color=INK)
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, steps=[1, 2, 5, 10]))
        axes.grid(color=RULE, linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(loc="lower right")
    return figure
