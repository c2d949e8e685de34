"""Scores and acquisitions with a fault."""

from __future__ import annotations

import numpy as np

from rcmvae_core import Suggestion
from tests.conformance.planted.fault import planted


@planted("score", "judging", "a number for each of")
def is_one_number(params, context):
    """The mean over the inputs."""
    return lambda inputs: np.mean(inputs.outcome.negative_log_likelihood)


@planted("score", "judging", "depends on the inputs beside it")
def ranks_the_batch(params, context):
    """Ranks among the inputs that happen to be asked about."""
    return lambda inputs: inputs.outcome.kl_latent.argsort().argsort() / 2


@planted("score", "judging", "not finite")
def divides_by_nothing(params, context):
    """A logarithm that is minus infinity for an input."""

    def score(inputs):
        values = inputs.outcome.kl_latent
        return np.where(values > np.median(values), values, -np.inf)

    return score


@planted("acquisition", "choosing", "twice")
def repeats_itself(params, context):
    """The first candidate, again and again."""

    def choose(candidates, count, key):
        count = min(count, len(candidates.latents))
        return Suggestion(np.zeros(count, np.int64), np.zeros(count))

    return choose


@planted("acquisition", "choosing", "asked for 7")
def gives_too_many(params, context):
    """Every candidate, whatever is asked for."""

    def choose(candidates, count, key):
        return Suggestion(np.arange(len(candidates.latents)), np.zeros(len(candidates.latents)))

    return choose


_CALLS = iter(range(1000))


@planted("acquisition", "choosing", "another choice")
def ignores_its_key(params, context):
    """Another choice with every call."""

    def choose(candidates, count, key):
        some = np.roll(np.arange(len(candidates.latents)), next(_CALLS))[:count]
        return Suggestion(some, np.zeros(len(some)))

    return choose
