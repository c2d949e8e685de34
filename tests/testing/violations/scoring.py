"""Scores, acquisitions and projections that violate their contract."""

from __future__ import annotations

import numpy as np

from rcmvae_core import FittedProjection, NotApplicable, Suggestion
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


@violates("projection", "places", "with the same key it gives other places")
def drifts(params, context):
    """Other places with every fit."""

    def fit(features, key):
        offset = float(next(_CALLS))
        return FittedProjection(lambda rows: np.full((len(rows), 2), offset), ("a", "b"))

    return fit


@violates("projection", "places", "depends on the other inputs")
def centres_what_it_places(params, context):
    """The mean of each call."""

    def transform(rows):
        return np.repeat(rows[:, :1] - rows[:, :1].mean(), 2, axis=1)

    return lambda *_: FittedProjection(transform, ("a", "b"))


@violates("projection", "places", "does not take what `inverse` returns back")
def loses_the_way(params, context):
    """An inverse of something else."""

    def transform(rows):
        return np.repeat(rows[:, :1], 2, axis=1)

    def fit(features, key):
        size = features.shape[1]
        return FittedProjection(
            transform, ("a", "b"), lambda plane: np.repeat(plane[:, :1] + 1, size, axis=1)
        )

    return fit


@violates("projection", "places", "must return floats \\[24, 2\\]")
def has_a_third_axis(params, context):
    """Three coordinates."""
    return lambda *_: FittedProjection(lambda rows: np.zeros((len(rows), 3)), ("a", "b"))


@violates("projection", "places", "`axes` must be two texts")
def names_no_axes(params, context):
    """No names of axes."""
    return lambda *_: FittedProjection(lambda rows: np.zeros((len(rows), 2)), ())


@violates("projection", "places", "gives no reason")
def never_draws(params, context):
    """No reason."""
    return lambda *_: NotApplicable(" ")


@violates("projection", "places", "must be a `FittedProjection`")
def gives_the_places(params, context):
    """The places at once."""
    return lambda features, _: features[:, :2]
