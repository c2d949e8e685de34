"""Builds scores that are squared errors of a reconstruction relative to a property of the input."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import BuildContext, Score, ScoreInputs

_VARIATION_EPS = 1e-3
"""Keeps the score of a constant input finite; small beside the variation of any other."""
_DETAIL_EPS = 0.1
"""Keeps the score of an image without detail finite."""


def unexplained(params: NoParams, context: BuildContext) -> Score:
    """Σ (x - E[x])² / Σ (x - x̄)², which is 1 - R².

    It is 0 for a perfect reconstruction, and 1 for one as bad as the mean of the input. A likelihood prefers a simple
    input with a bad reconstruction to a complex one with a good reconstruction; this ratio does not depend on the
    complexity of the input.

    Args:
        params: none.
        context: unused.
    """
    del params, context

    def score(inputs: ScoreInputs) -> Float[np.ndarray, " N"]:
        stats = inputs.stats
        return np.asarray(stats.squared_error) / (np.asarray(stats.variation) + _VARIATION_EPS)

    return score


def detail(params: NoParams, context: BuildContext) -> Score:
    """Σ (x - E[x])² / Σ (x - x')² over neighbouring pixels x and x'.

    A model smooths fine structure in every image, which this ratio discounts; the remaining error indicates an unusual
    image. It cannot detect noise, all of which counts as detail.

    Args:
        params: none.
        context: unused.
    """
    del params, context

    def score(inputs: ScoreInputs) -> Float[np.ndarray, " N"]:
        stats = inputs.stats
        return np.asarray(stats.squared_error) / (np.asarray(stats.detail) + _DETAIL_EPS)

    return score
