"""Adds values to the results of runs that criteria need and that no single metric says."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from rcmvae_core.plugin.protocols.report_arrays import ReportArrays
from rcmvae_core.report.comparison.runs import ComparedRun
from rcmvae_core.rundir import report_arrays

SILHOUETTE = "silhouette, mean over channels"
DEAD = "dead channels"
SIGMA_BY_CHANNEL = "share of the variance of σ between channels"
CALIBRATION = "calibration of σ"
"""The mean over inputs of the squared error per pixel over σ²; 1 if σ is right on average."""
IMPORTANCE = "importance-weighted NLL"


def extend(run: ComparedRun, importance: Mapping[int, float]) -> ComparedRun:
    """Return a run whose results have the derived values too.

    Args:
        run: a finished run.
        importance: importance-weighted negative log likelihoods by seed; empty where they were not computed.

    Returns:
        The run; every seed has every value that its model has.
    """
    channels = int(run.spec["latent.channels"])
    results = {}
    for pair, values in run.results.items():
        arrays = report_arrays.load(run.path / report_arrays.arrays_name(pair.seed))
        added = of_metrics(values, channels) | of_sigma(arrays)
        if pair.seed in importance:
            added[IMPORTANCE] = importance[pair.seed]
        results[pair] = {**values, **added}
    return run._replace(results=results)


def of_metrics(values: Mapping[str, float], channels: int) -> dict[str, float]:
    """Return what follows from metrics alone.

    Args:
        values: the metrics of a seed.
        channels: K.

    Returns:
        The mean silhouette, 0 where no channel has two classes, and the number of dead channels.

    Example:
        >>> of_metrics({"metric/silhouette/0": 0.2, "metric/silhouette/3": 0.4, "metric/active_channels": 7}, 10)
        {'silhouette, mean over channels': 0.30000000000000004, 'dead channels': 3}
    """
    silhouettes = [value for name, value in values.items() if name.startswith("metric/silhouette/")]
    added = {SILHOUETTE: math.fsum(silhouettes) / len(silhouettes) if silhouettes else 0.0}
    if "metric/active_channels" in values:
        added[DEAD] = channels - values["metric/active_channels"]
    return added


def of_sigma(arrays: ReportArrays) -> dict[str, float]:
    """Return how σ relates to channels and errors; nothing for a likelihood without σ, or with one that is constant.

    Args:
        arrays: of one seed.
    """
    usable = np.isfinite(arrays.sigma)
    if not usable.any():
        return {}
    sigma, error = arrays.sigma[usable].astype(np.float64), arrays.squared_error[usable].astype(np.float64)
    pixels = math.prod(arrays.inputs.shape[1:])
    added = {CALIBRATION: float(np.mean(error / pixels / sigma**2))}
    channels = arrays.responsibilities[usable].argmax(axis=1)
    total = float(np.var(sigma))
    if total > 1e-12:
        means = {channel: sigma[channels == channel].mean() for channel in np.unique(channels)}
        between = float(np.var([means[channel] for channel in channels]))
        added[SIGMA_BY_CHANNEL] = between / total
    return added
