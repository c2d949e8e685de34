"""Scores and acquisitions that violate their contract."""

from __future__ import annotations

import numpy as np

from rcmvae_core import Suggestion
from tests.testing.violations.violation import violates


@violates("score", "scores", "one float per input")
def is_one_number(params, context):
    """The mean over the inputs."""
    return lambda inputs: np.mean(inputs.stats.negative_log_likelihood)


@violates("score", "scores", "depends on the other inputs")
def ranks_the_batch(params, context):
    """Ranks within the batch."""
    return lambda inputs: inputs.stats.kl_latent.argsort().argsort() / 2


@violates("score", "scores", "not finite")
def divides_by_nothing(params, context):
    """A logarithm that is minus infinity for an input."""

    def score(inputs):
        values = inputs.stats.kl_latent
        return np.where(values > np.median(values), values, -np.inf)

    return score


@violates("acquisition", "suggestions", "twice")
def repeats_itself(params, context):
    """The first input, again and again."""

    def choose(pool, count, key):
        count = min(count, len(pool.latents))
        return Suggestion(np.zeros(count, np.int64), np.zeros(count))

    return choose


@violates("acquisition", "suggestions", "a count of 7")
def gives_too_many(params, context):
    """Every input, whatever the count."""

    def choose(pool, count, key):
        return Suggestion(np.arange(len(pool.latents)), np.zeros(len(pool.latents)))

    return choose


_CALLS = iter(range(1000))


@violates("acquisition", "suggestions", "another suggestion")
def ignores_its_key(params, context):
    """Another suggestion with every call."""

    def choose(pool, count, key):
        positions = np.roll(np.arange(len(pool.latents)), next(_CALLS))[:count]
        return Suggestion(positions, np.zeros(len(positions)))

    return choose
