"""Draws a comparison: learning curves of the groups, and every paired difference."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from rcmvae_core.report.comparison.compare import Comparison, Difference
from rcmvae_core.report.comparison.runs import Group
from rcmvae_core.report.drawing import MUTED, RULE, report_style

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's colours, which readers with colour blindness can tell apart."""
_DASHES = ("-", "--", ":", "-.")
_END = 11
"""Characters that stay at each end of a long name."""
_WIDTH = 4.4
"""In inches: two figures stand side by side, and one is not shrunk much on a phone."""


def group_colours(comparison: Comparison) -> dict[str, str]:
    """Return the colour of each group by its name; every figure and table uses the same."""
    names = (group.name for group in comparison.groups)
    return dict(zip(names, cycle(COLOURS), strict=False))


def learning_curves(comparison: Comparison, metric: str) -> Figure | None:
    """Plot a validation metric by epoch: the mean over seeds, and one standard deviation to each side as a band.

    Args:
        comparison: the groups.
        metric: such as `validation/accuracy`.

    Returns:
        The figure; None if no run has the metric.
    """
    curves = {group.name: curve for group in comparison.groups if (curve := _curve(group, metric))}
    if not curves:
        return None
    with report_style():
        figure = Figure(figsize=(_WIDTH, 2.8 + 0.2 * math.ceil(len(curves) / 2)), layout="constrained")
        axes = figure.subplots()
        for number, (name, colour) in enumerate(group_colours(comparison).items()):
            if (curve := curves.get(name)) is None:
                continue
            epochs = np.array(sorted(curve))
            means, stds = (np.array([f(curve[e]) for e in epochs.tolist()]) for f in (np.mean, np.std))
            dash = _DASHES[number // len(COLOURS) % len(_DASHES)]
            axes.plot(epochs, means, dash, color=colour, linewidth=1.8, label=_short(name))
            axes.fill_between(epochs, means - stds, means + stds, color=colour, alpha=0.15, linewidth=0)
        axes.set_xlabel("epoch")
        axes.set_ylabel(metric)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        _finish(axes)
        figure.legend(loc="outside lower left", ncols=2)
    return figure


def paired_differences(comparison: Comparison, metric: str) -> Figure | None:
    """Plot every difference from the first group as a dot, with its mean and 95% interval.

    Args:
        comparison: the groups.
        metric: such as `test/accuracy`.

    Returns:
        The figure; None without a pair.
    """
    rows = [row for row in comparison.differences if row.metric == metric and row.pairs]
    if not rows:
        return None
    colours = group_colours(comparison)
    with report_style():
        figure = Figure(figsize=(_WIDTH, max(3.0, 0.8 + 0.5 * len(rows))), layout="constrained")
        axes = figure.subplots()
        axes.axvline(0, color=MUTED, linewidth=1)
        for position, row in enumerate(rows):
            _draw_row(axes, row, position, colours[row.group])
        axes.set_yticks(range(len(rows)), [_short(row.group) for row in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlabel(f"difference in {metric}")
        axes.xaxis.set_major_locator(MaxNLocator(5))
        _finish(axes)
    return figure


def _draw_row(axes: Axes, row: Difference, position: int, colour: str) -> None:
    values = list(row.pairs.values())
    axes.plot(
        values, [position + 0.18] * len(values), "o", color=colour, markersize=4, alpha=0.7, linewidth=0
    )
    if row.interval is not None:
        axes.plot(row.interval, [position - 0.12] * 2, color=colour, linewidth=2)
    axes.plot([row.mean], [position - 0.12], "D", color=colour, markersize=5)


def _curve(group: Group, metric: str) -> Mapping[int, Sequence[float]]:
    """Return the values of a metric over seeds, by epoch."""
    found: dict[int, list[float]] = {}
    for run in group.runs:
        for row in run.rows:
            if metric in row:
                found.setdefault(int(row["epoch"]), []).append(float(row[metric]))
    return found


def _finish(axes: Axes) -> None:
    axes.grid(color=RULE, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)


def _short(name: str) -> str:
    # Names of runs differ at their ends as often as at their beginnings.
    text = name if len(name) <= 2 * _END else f"{name[:_END]}…{name[-_END:]}"
    # Matplotlib would read a dollar sign as the start of a formula.
    return text.replace("$", r"\$")
