"""Classifiers, curricula and optimizers that violate their contract."""

# ruff: noqa: ARG005 - functions of a protocol take what it passes

from __future__ import annotations

import jax
import jax.numpy as jnp
import optax

from rcmvae_core import Classifier, Curriculum, CurriculumEffect, LossWeightFactors
from tests.testing.violations.violation import violates


@violates("classifier", "compiled", "rows of tau", provides=("classifier.tau",))
def does_not_normalise(params, context):
    """Counts instead of probabilities."""
    shape = (context.channels, context.classes)
    return Classifier(
        lambda: jnp.ones(shape),
        lambda s, q, y: s + q.T @ jax.nn.one_hot(y, shape[1]),
        lambda s: s,
        lambda s, q: q @ s,
    )


@violates("classifier", "compiled", "compiles it again", provides=("classifier.tau",))
def changes_its_state(params, context):
    """A state that is an integer at first, and then a float."""
    shape = (context.channels, context.classes)

    def tau(state):
        return jax.nn.softmax(jnp.asarray(state, jnp.float32))

    return Classifier(
        lambda: jnp.zeros(shape, jnp.int32),
        lambda s, q, y: s + q.T @ jax.nn.one_hot(y, shape[1]),
        tau,
        lambda s, q: q @ tau(s),
    )


@violates("curriculum", "compiled", "all are locked")
def locks_everything(params, context):
    """No active channel, ever."""
    one = jnp.ones(())
    effect = CurriculumEffect(jnp.zeros(3), one, jnp.zeros((), bool), LossWeightFactors(one, one, one, one))
    return Curriculum(lambda: (), lambda s, step: jnp.zeros(3, bool), lambda s, step: effect, lambda s, p: s)


@violates("optimizer", "compiled", "must decrease it")
def climbs(params, context):
    """Gradient ascent."""
    return optax.sgd(-0.01)
