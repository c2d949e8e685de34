"""Draws σ against the error that it predicts."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.stats import spearmanr

from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_core.report.drawing import MUTED
from rcmvae_plugins.figures._sigma import sigma_errors
from rcmvae_plugins.figures._style import BLUE, ORANGE, WIDTH, styled, titled_figure, with_grid
from rcmvae_plugins.figures.params import SigmaErrorParams

_GROUPS = 10


@styled
def sigma_error(params: SigmaErrorParams, data: ReportData) -> Plot | NotApplicable:
    """Draw σ and root mean squared error of inputs, the mean error by tenths of σ, and the line where both are equal.

    Args:
        params: the number of inputs that are drawn.
        data: σ, squared errors, and the shape of inputs.
    """
    all_ = sigma_errors(data.arrays)
    if isinstance(all_, NotApplicable):
        return all_
    finite = np.isfinite(all_.error)
    if not finite.any():
        return NotApplicable("no held-out input has a finite error")
    positions, sigma, error = (values[finite] for values in all_)
    shown = evenly_spaced(len(sigma), params.points)
    varies = len(sigma) > 1 and np.ptp(sigma) > 0 and np.ptp(error) > 0
    if varies:
        title = f"Spearman correlation {spearmanr(sigma, error)[0]:.3f} of {len(sigma)} inputs"
    else:
        title = "no rank correlation, as the error is the same for every input"

    figure = titled_figure(WIDTH / 2, 4.0, title)
    axes = with_grid(figure.subplots())
    axes.plot(
        sigma[shown],
        error[shown],
        "o",
        color=BLUE,
        markersize=2.5,
        markeredgewidth=0,
        alpha=0.45,
        label="inputs",
    )
    axes.plot(
        *_means(sigma, error), "o-", color=ORANGE, markersize=4, linewidth=1.6, label="mean by tenths of σ"
    )
    ends = [max(sigma.min(), error.min()), min(sigma.max(), error.max())]
    if ends[0] < ends[1]:
        axes.plot(ends, ends, color=MUTED, linewidth=1, linestyle="--", label="σ = error")
    axes.set_xlabel("σ")
    axes.set_ylabel("root mean squared error")
    figure.legend(loc="outside lower left", ncols=3)
    table = {"input": positions[shown], "sigma": sigma[shown], "root_mean_squared_error": error[shown]}
    return Plot(figure, table)


def _means(
    sigma: Float[np.ndarray, " n"], error: Float[np.ndarray, " n"]
) -> tuple[Float[np.ndarray, " g"], Float[np.ndarray, " g"]]:
    """Return mean σ, and root of the mean squared error, of groups of as many inputs each, by σ."""
    groups = np.array_split(np.argsort(sigma, kind="stable"), min(_GROUPS, len(sigma)))
    means = np.array([sigma[group].mean() for group in groups])
    return means, np.sqrt([np.square(error[group]).mean() for group in groups])
