"""Draws the terms of the objective by epoch, as they are and with their weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_core.report.drawing import INK, MUTED
from rcmvae_plugins.figures._arrays import shorten
from rcmvae_plugins.figures._folding import OTHERS, Folded, fold
from rcmvae_plugins.figures._history import curve, epochs_of, names_after, seed_rows
from rcmvae_plugins.figures._series import draw_legend, epoch_axis, line_style, wide_scale
from rcmvae_plugins.figures._style import WIDTH, styled, titled_figure, with_grid
from rcmvae_plugins.figures.params import LossTermsParams

_TOTAL = "total"
_HEIGHT = 3.6
Curves = Mapping[str, Float[np.ndarray, " E"]]


@styled
def loss_terms(params: LossTermsParams, data: ReportData) -> Plot | NotApplicable:
    """Draw panels of the unweighted terms, of their share in the objective, and of their weights.

    Where the history has no weights, which are rows `weight/<label>`, the objective is drawn without its parts.

    Args:
        params: the number of terms.
        data: the history.
    """
    rows = seed_rows(data)
    labels = [label for label in names_after(rows, "train/") if label != _TOTAL]
    if not labels:
        return NotApplicable("no history of loss terms was recorded")
    epochs = epochs_of(rows, "train/")
    terms = {label: curve(rows, f"train/{label}", epochs) for label in labels}
    weights = {label: curve(rows, f"weight/{label}", epochs) for label in labels}
    parts = {label: weights[label] * terms[label] for label in labels}
    total = curve(rows, f"train/{_TOTAL}", epochs)
    has_weights = any(np.isfinite(values).any() for values in weights.values())
    folded = fold(_largest_first(parts if has_weights else terms), params.terms)
    shown = [labels[place] for place in folded.shown.tolist()]

    figure = titled_figure(WIDTH, _HEIGHT, _title(total, folded))
    panels = figure.subplots(1, 3 if has_weights else 2, sharex=True).ravel().tolist()
    _draw_panel(panels[0], "unweighted terms, nats", epochs, {label: terms[label] for label in shown})
    objective = {label: parts[label] for label in shown} if has_weights else {}
    if has_weights and len(folded.rest):
        objective[OTHERS] = np.sum([parts[labels[place]] for place in folded.rest.tolist()], axis=0)
    title = "weighted terms and total, nats" if has_weights else "total, nats"
    _draw_panel(panels[1], title, epochs, objective | {_TOTAL: total}, places=shown)
    if has_weights:
        _draw_panel(panels[2], "weights", epochs, {label: weights[label] for label in shown})
    names = [*shown, *(name for name in (OTHERS, _TOTAL) if name in (*objective, _TOTAL))]
    handles = [Line2D([], [], **_style(name, shown)) for name in names]
    draw_legend(figure, handles, [shorten(name, 32) for name in names])
    return Plot(figure, _table(epochs, terms, weights, parts, total=total))


def _largest_first(curves: Curves) -> np.ndarray:
    sizes = [np.nan_to_num(np.abs(values), posinf=np.inf).sum() for values in curves.values()]
    return np.argsort(-np.array(sizes), kind="stable")


def _title(total: Float[np.ndarray, " E"], folded: Folded) -> str:
    finite = total[np.isfinite(total)]
    change = (
        f"objective from {finite[0]:.4g} to {finite[-1]:.4g} nats" if len(finite) else "no finite objective"
    )
    count = len(folded.shown) + len(folded.rest)
    return f"{change}, {count} term{'s' if count > 1 else ''}{folded.note('largest', 'terms')}"


def _style(name: str, shown: list[str]) -> dict[str, Any]:
    """Return the style of a term's line."""
    if name == _TOTAL and name not in shown:
        return {"color": INK, "linewidth": 3.0, "zorder": 1.5}
    if name == OTHERS:
        return {"color": MUTED, "linestyle": "--"}
    # Later lines are thinner, so that equal values do not hide each other.
    place = shown.index(name)
    return line_style(place) | {"linewidth": max(1.2, 2.6 - 0.3 * place)}


def _draw_panel(
    axes: Axes,
    title: str,
    epochs: Float[np.ndarray, " E"],
    curves: Curves,
    *,
    places: list[str] | None = None,
) -> None:
    """Draw a line for each term.

    Args:
        axes: the axes to draw in.
        title: of the panel.
        epochs: of the values.
        curves: the values of each line.
        places: the terms that have a colour; None if these are the curves.
    """
    with_grid(axes).set_title(title, loc="left")
    for name, values in curves.items():
        marker = "o" if len(epochs) == 1 else ""
        style = _style(name, list(curves) if places is None else places)
        axes.plot(epochs, np.where(np.isfinite(values), values, np.nan), marker=marker, markersize=4, **style)
    wide_scale(axes, np.array(list(curves.values())))
    epoch_axis(axes.xaxis)


def _table(
    epochs: Float[np.ndarray, " E"], terms: Curves, weights: Curves, parts: Curves, *, total: np.ndarray
) -> dict[str, list[object] | np.ndarray]:
    """Return a row for each term and epoch; of the total, which has no weight, the value in the objective alone.

    Args:
        epochs: of the values.
        terms: the unweighted values.
        weights: of the terms.
        parts: the weighted values.
        total: the objective.
    """
    absent = np.full(len(epochs), np.nan)
    return {
        "term": [name for name in (*terms, _TOTAL) for _ in epochs],
        "epoch": np.tile(epochs, len(terms) + 1),
        "unweighted": np.concatenate([*terms.values(), absent]),
        "weight": np.concatenate([*weights.values(), absent]),
        "weighted": np.concatenate([*parts.values(), total]),
    }
