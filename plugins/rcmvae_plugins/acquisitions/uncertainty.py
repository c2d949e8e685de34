"""Builds acquisitions that score each candidate on its own: uncertainty of its label, or distance from the data."""

from __future__ import annotations

import numpy as np
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.protocols import Acquisition, BuildContext, QueryPool, Suggestion
from rcmvae_plugins.acquisitions._batch import choose_batch, row_entropies
from rcmvae_plugins.acquisitions.params import BatchParams


def entropy(params: BatchParams, context: BuildContext) -> Acquisition:
    """Score: H(p(y|x)) = -Σ_y p log p, in nats.

    Args:
        params: the diversity of a batch.
        context: unused.
    """
    del context

    def choose(candidates: QueryPool, count: int, key: Key[Array, ""]) -> Suggestion:
        return choose_batch(row_entropies(candidates.probabilities), candidates, count, key, params)

    return choose


def margin(params: BatchParams, context: BuildContext) -> Acquisition:
    """Score: 1 - (p_1 - p_2), where p_1 and p_2 are the two largest p(y|x).

    Args:
        params: the diversity of a batch.
        context: unused.
    """
    del context

    def choose(candidates: QueryPool, count: int, key: Key[Array, ""]) -> Suggestion:
        scores = _one_minus_margin(np.asarray(candidates.probabilities, np.float64))
        return choose_batch(scores, candidates, count, key, params)

    return choose


def bald(params: BatchParams, context: BuildContext) -> Acquisition:
    """Score: I(m; y|x) = H(mean_m p_m) - mean_m H(p_m), in nats.

    The members m of the ensemble are the seeds of a run; with a single seed, the predictions for samples that the model
    decodes and encodes again.

    Args:
        params: the diversity of a batch.
        context: unused.

    Source: N. Houlsby et al., "Bayesian Active Learning for Classification and Preference Learning", 2011.
    """
    del context

    def choose(candidates: QueryPool, count: int, key: Key[Array, ""]) -> Suggestion:
        return choose_batch(candidates.epistemic, candidates, count, key, params)

    return choose


def boundary(params: BatchParams, context: BuildContext) -> Acquisition:
    """Score: 1 - (Q_1 - Q_2), where Q_1 and Q_2 are the two largest Q_y.

    Q_y = Σ q(c|x) over the channels c whose most probable label is y. Unlike `margin` it does not choose inputs of a
    channel that itself has mixed labels.

    Args:
        params: the diversity of a batch.
        context: unused.
    """
    del context

    def choose(candidates: QueryPool, count: int, key: Key[Array, ""]) -> Suggestion:
        q, channel_labels = np.asarray(candidates.responsibilities, np.float64), candidates.tau.argmax(axis=1)
        by_label = q @ np.eye(candidates.tau.shape[1])[channel_labels]
        return choose_batch(_one_minus_margin(by_label), candidates, count, key, params)

    return choose


def ood(params: BatchParams, context: BuildContext) -> Acquisition:
    """Score: the fraction of training inputs whose out-of-distribution score is lower.

    Args:
        params: the diversity of a batch.
        context: unused.
    """
    del context

    def choose(candidates: QueryPool, count: int, key: Key[Array, ""]) -> Suggestion:
        return choose_batch(candidates.ood_quantile, candidates, count, key, params)

    return choose


def _one_minus_margin(probabilities: Float[np.ndarray, "N Y"]) -> Float[np.ndarray, " N"]:
    """Return 1 minus the difference of the two largest values of each row; a single column counts as certain."""
    p = np.sort(probabilities, axis=1)
    second = p[:, -2] if p.shape[1] > 1 else 0.0
    return 1 - (p[:, -1] - second)
