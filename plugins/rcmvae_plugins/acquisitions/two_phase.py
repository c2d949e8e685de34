"""Builds the acquisition that changes from one to another once there are enough labels."""

from __future__ import annotations

import jax
import numpy as np
from jaxtyping import Array, Int, Key

from rcmvae_core.plugin.protocols import Acquisition, BuildContext, QueryPool, Suggestion
from rcmvae_plugins.acquisitions.params import TwoPhaseParams


def two_phase(params: TwoPhaseParams, context: BuildContext) -> Acquisition:
    """Choose by one acquisition until there are `labels` labels, and by another from then on.

    The first labels are worth most on typical inputs, and further ones between classes. A batch in which the number is
    reached has both: with L labels, the first max(0, `labels` - L) of it are those of `first`. Scores are those of the
    acquisition that chose the input.

    Args:
        params: both acquisitions, and the number of labels.
        context: unused.

    Raises:
        ValueError: when it chooses from a pool that does not say which inputs have a label.

    Source: G. Hacohen, A. Dekel, D. Weinshall, "Active Learning on a Budget: Opposite Strategies Suit High and Low
    Budgets", 2022.
    """
    del context

    def choose(candidates: QueryPool, count: int, key: Key[Array, ""]) -> Suggestion:
        if candidates.labelled_latents is None:
            raise ValueError("`two_phase` counts labels, and the pool has no `labelled_latents`")
        first_key, then_key = jax.random.split(key)
        early = min(count, max(0, params.labels - len(candidates.labelled_latents)))
        if not early:
            return params.then(candidates, count, then_key)
        first = params.first(candidates, early, first_key)
        if early == count or len(first.positions) == len(candidates.responsibilities):
            return first
        rest = np.setdiff1d(np.arange(len(candidates.responsibilities)), first.positions)
        then = params.then(_only(candidates, rest), count - early, then_key)
        positions = np.concatenate([np.asarray(first.positions, np.int64), rest[then.positions]])
        return Suggestion(positions, np.concatenate([first.scores, then.scores]))

    return choose


def _only(pool: QueryPool, positions: Int[np.ndarray, " n"]) -> QueryPool:
    """Return a pool of some of the candidates."""
    return pool._replace(
        probabilities=pool.probabilities[positions],
        epistemic=pool.epistemic[positions],
        responsibilities=pool.responsibilities[positions],
        latents=pool.latents[positions],
        ood_quantile=pool.ood_quantile[positions],
    )
