"""Classifiers, curricula and optimizers with a fault."""

# ruff: noqa: ARG005 - functions of a protocol take what it passes

from __future__ import annotations

import jax
import jax.numpy as jnp
import optax

from rcmvae_core import Classifier, Curriculum, Factors, Influence
from tests.conformance.planted.fault import planted


@planted("classifier", "compiled", "rows of tau", provides=("classifier.tau",))
def does_not_normalise(params, context):
    """Counts instead of probabilities."""
    shape = (context.channels, context.classes)
    return Classifier(
        lambda: jnp.ones(shape),
        lambda s, q, y: s + q.T @ jax.nn.one_hot(y, shape[1]),
        lambda s: s,
        lambda s, q: q @ s,
    )


@planted("classifier", "compiled", "compiles it again", provides=("classifier.tau",))
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


@planted("curriculum", "compiled", "locks every channel")
def locks_everything(params, context):
    """No channel, ever."""
    one = jnp.ones(())
    still = Influence(jnp.zeros(3), one, jnp.zeros((), bool), Factors(one, one, one, one))
    return Curriculum(lambda: (), lambda s, step: jnp.zeros(3, bool), lambda s, step: still, lambda s, p: s)


@planted("optimizer", "compiled", "down a bowl lead from")
def climbs(params, context):
    """Gradient ascent."""
    return optax.sgd(-0.01)
