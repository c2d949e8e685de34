"""Computes how well scores separate held-out test inputs from inputs of classes that the run held out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from rcmvae_core.inference.metrics import detection
from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import NotApplicable, ReportData


def auroc(params: NoParams, data: ReportData) -> Mapping[str, float] | NotApplicable:
    """Compute the probability that an input of a held-out class has a higher score than a test input, by score."""
    del params
    return _by_score(data, "auroc")


def aupr(params: NoParams, data: ReportData) -> Mapping[str, float] | NotApplicable:
    """Compute the average precision of finding inputs of held-out classes, by score.

    A random score has the share of these inputs among all.
    """
    del params
    return _by_score(data, "aupr")


def fpr_at_95(params: NoParams, data: ReportData) -> Mapping[str, float] | NotApplicable:
    """Compute the share of test inputs above the highest threshold that 95 % of the held-out classes reach, by score."""
    del params
    return _by_score(data, "fpr_at_95")


def _by_score(
    data: ReportData, name: Literal["auroc", "aupr", "fpr_at_95"]
) -> Mapping[str, float] | NotApplicable:
    arrays = data.arrays
    if not arrays.score_names:
        return NotApplicable("the run has no out-of-distribution scores")
    if not len(arrays.held_out_scores):
        return NotApplicable("the run held out no class")
    own, other = arrays.scores[np.isfinite(arrays.scores).all(axis=1)], arrays.held_out_scores
    other = other[np.isfinite(other).all(axis=1)]
    if not len(own) or not len(other):
        return NotApplicable("no input has finite scores")
    return {
        score: getattr(detection(own[:, column], other[:, column]), name)
        for column, score in enumerate(arrays.score_names)
    }
