"""Builds the calibrator that gives sets of classes with a promised coverage."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.plugin.protocols import BuildContext, CalibratedPrediction, Calibrator, FittedCalibrator
from rcmvae_plugins.calibrators.params import ConformalParams


def conformal(params: ConformalParams, context: BuildContext) -> Calibrator:
    """{y : s(x, y) ≤ q}, with q the ⌈(n + 1) coverage⌉-th smallest of the n scores s(x_i, y_i) of labelled inputs.

    `lac`: s(x, y) = 1 - p(y|x), compared as -log p(y|x). `aps`: s(x, y) = Σ p(y'|x) over the classes y' that are at least
    as probable as y. If inputs are drawn as the labelled ones are, and these did not train the model, a set contains the
    class with a probability of at least `coverage`, and at most 1 / (n + 1) more where no scores are equal. With fewer
    than coverage / (1 - coverage) labels q is infinite, and sets contain every class. A set may be empty: then no class is
    as probable as those of most labelled inputs.

    Args:
        params: the coverage and the score.
        context: unused.

    Returns:
        A Calibrator of sets.

    Source:
        Sadinle, Lei and Wasserman, Least Ambiguous Set-Valued Classifiers, JASA 2019; Romano, Sesia and Candès,
        Classification with Valid and Adaptive Coverage, NeurIPS 2020, without its randomisation; by class: Vovk,
        Conditional Validity of Inductive Conformal Predictors, ACML 2012.
    """
    del context
    scores = {"lac": _lac_scores, "aps": _aps_scores}[params.method]

    def fit(logs: Float[np.ndarray, "n Y"], labels: Int[np.ndarray, " n"]) -> FittedCalibrator:
        classes = logs.shape[1]
        own = scores(logs)[np.arange(len(labels)), labels]
        groups = [own[labels == y] for y in range(classes)] if params.per_class else [own]
        limits = np.array([_limit(group, params.coverage) for group in groups])

        def apply(logs: Float[np.ndarray, "N Y"]) -> CalibratedPrediction:
            return CalibratedPrediction(sets=scores(logs) <= limits)

        unlimited = int(np.isinf(limits).sum())
        which = f"{unlimited} of {classes} classes" if params.per_class else "any class"
        note = f"; too few labels to exclude {which}" if unlimited else ""
        each = ", for each class" if params.per_class else ""
        return FittedCalibrator(apply, f"{params.method}{each}{note}", params.coverage)

    return fit


def _limit(scores: Float[np.ndarray, " n"], coverage: float) -> float:
    """Return the ⌈(n + 1) coverage⌉-th smallest score; infinity if there are fewer.

    Args:
        scores: of labelled inputs.
        coverage: the promise.
    """
    # Rounded, because (9 + 1) · 0.9 is more than 9 in floating point for some n.
    rank = int(np.ceil(np.round((len(scores) + 1) * coverage, 9)))
    return float(np.partition(scores, rank - 1)[rank - 1]) if rank <= len(scores) else np.inf


def _lac_scores(logs: Float[np.ndarray, "N Y"]) -> Float[np.ndarray, "N Y"]:
    return -logs


def _aps_scores(logs: Float[np.ndarray, "N Y"]) -> Float[np.ndarray, "N Y"]:
    """Return for each class the sum of p over the classes that are at least as probable."""
    order = np.argsort(-logs, axis=1, kind="stable")
    sums = np.cumsum(np.exp(np.take_along_axis(logs, order, axis=1)), axis=1)
    scores = np.empty_like(sums)
    np.put_along_axis(scores, order, sums, axis=1)
    return scores
