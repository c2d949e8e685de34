"""Draws how well out-of-distribution scores detect inputs of held-out classes."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import auc, roc_curve

from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_core.report.drawing import MUTED
from rcmvae_plugins.figures._arrays import shorten
from rcmvae_plugins.figures._scores import NO_SCORES, score_values
from rcmvae_plugins.figures._series import draw_legend, line_style
from rcmvae_plugins.figures._style import WIDTH, format_percent, styled, titled_figure, with_grid
from rcmvae_plugins.figures.params import ScoreRocParams

_MAX_POINTS = 400


@styled
def score_roc(params: ScoreRocParams, data: ReportData) -> Plot | NotApplicable:
    """Draw the rate at which held-out inputs are detected, by the rate of false alarms among test inputs.

    Args:
        params: the number of scores.
        data: the scores.
    """
    scores = score_values(data.arrays)
    if not scores:
        return NO_SCORES
    scores = [score for score in scores if len(score.held_out)]
    if not scores:
        return NotApplicable("the run held out no class, so there is nothing to detect")
    curves, areas = [], []
    for score in scores:
        is_held_out = np.repeat([0, 1], [len(score.test), len(score.held_out)])
        false, true, _ = roc_curve(is_held_out, np.concatenate([score.test, score.held_out]))
        kept = evenly_spaced(len(false), _MAX_POINTS)
        curves.append((false[kept], true[kept]))
        areas.append(float(auc(false, true)))
    best = np.argsort(-np.array(areas), kind="stable")[: params.scores].tolist()

    leader = scores[best[0]]
    subset = f"; the {len(best)} best of {len(scores)} scores" if len(best) < len(scores) else ""
    title = f"AUROC {areas[best[0]]:.3f} of {shorten(leader.name, 24)}{subset}"
    figure = titled_figure(WIDTH / 2, 4.6, title)
    axes = with_grid(figure.subplots())
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--")
    handles = [
        axes.plot(*curves[place], linewidth=1.8, **line_style(rank))[0] for rank, place in enumerate(best)
    ]
    axes.set_aspect("equal")
    for axis in (axes.xaxis, axes.yaxis):
        format_percent(axis, 5)
    axes.set_xlabel("test inputs above the threshold")
    axes.set_ylabel("held-out inputs above the threshold")
    draw_legend(figure, handles, [f"{shorten(scores[place].name, 24)} {areas[place]:.3f}" for place in best])
    lengths = [len(curves[place][0]) for place in best]
    table = {
        "score": np.repeat([scores[place].name for place in best], lengths),
        "auroc": np.repeat([areas[place] for place in best], lengths),
        "false_positive_rate": np.concatenate([curves[place][0] for place in best]),
        "true_positive_rate": np.concatenate([curves[place][1] for place in best]),
    }
    return Plot(figure, table)
