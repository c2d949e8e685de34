"""The benchmarks are fair: the models written by hand are the framework's models, number for number."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rcmvae_core.model.build import Batch
from tests.benchmarks import raw_jax, raw_labels
from tests.benchmarks.engine import synthetic
from tests.benchmarks.names import by_hand
from tests.benchmarks.specs import BATCH, CHANNELS, DIM, LABELLED, LABELS, MANY, TOP_M
from tests.benchmarks.throughput import sizes

pytestmark = pytest.mark.long

SIZES = {"channels": CHANNELS, "dim": DIM}


def shifted(params: dict) -> dict:
    """Away from the start, where FiLM is the identity."""
    return jax.tree.map(lambda a: a + 0.02 * jax.random.normal(jax.random.key(2), a.shape), params)


@pytest.fixture(scope="module")
def both():
    model = synthetic(256).model
    x = jax.random.uniform(jax.random.key(1), (6, 28, 28, 1))
    return model, shifted(model.init(jax.random.key(0), x)), x


def framework(model, params, x):
    forward = model.forward(params, x, step=jnp.int32(0), active=jnp.ones(CHANNELS, bool), key=None)
    q = forward.responsibilities
    terms = forward.nll + forward.kl + forward.log_responsibilities - forward.log_pi
    return jnp.mean(jnp.sum(q * terms, axis=1))


def test_the_losses_are_equal(both) -> None:
    model, params, x = both
    reference = raw_jax.loss(by_hand(params), x.reshape(len(x), -1), 0.0, **SIZES)
    assert float(framework(model, params, x)) == pytest.approx(float(reference), rel=1e-5)


def test_the_gradients_are_equal(both) -> None:
    model, params, x = both
    ours = by_hand(jax.grad(lambda p: framework(model, p, x))(params))
    reference = jax.grad(lambda p: raw_jax.loss(p, x.reshape(len(x), -1), 0.0, **SIZES))(by_hand(params))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-3, atol=1e-4), ours, reference)


def test_the_hand_written_model_starts_with_the_same_shapes(both) -> None:
    _, params, _ = both
    start = raw_jax.init(jax.random.key(0), pixels=784, **SIZES)
    assert jax.tree.map(jnp.shape, start) == jax.tree.map(jnp.shape, by_hand(params))


@pytest.fixture(scope="module")
def with_labels():
    """Values and gradients of both models with labels, and the counts of the step after."""
    prepared = synthetic(2_000, LABELS)
    model, keys = prepared.model, jax.random.split(jax.random.key(3), 4)
    x, taught = (jax.random.uniform(k, (n, 28, 28, 1)) for k, n in ((keys[0], BATCH), (keys[1], LABELLED)))
    labels = jnp.arange(LABELLED) % 10
    params = shifted(model.init(jax.random.key(0), x))
    counts = jax.random.uniform(keys[2], (MANY, 10), maxval=20.0)
    carry = model.init_state()._replace(classifier=counts)
    step_key = keys[3]

    def ours(params):
        batch = Batch(x, taught, labels)
        total, (_, carried) = model.loss(params, carry, batch, step=jnp.int32(0), key=step_key)
        return total, carried.classifier

    # The same noise: the first key of the loss is that of its forward pass, and the first of that is the latents'.
    latent_key = jax.random.split(jax.random.split(step_key, len(model.terms) + 1)[0], 3)[0]
    noise = jax.random.normal(latent_key, (BATCH, TOP_M, DIM))

    def reference(params):
        flat = (a.reshape(len(a), -1) for a in (x, taught))
        return raw_labels.loss(params, counts, *flat, labels, noise, sizes(prepared))

    return (
        jax.jit(jax.value_and_grad(ours, has_aux=True))(params),
        jax.jit(jax.value_and_grad(reference, has_aux=True))(by_hand(params)),
        prepared,
    )


def test_with_labels_the_losses_are_equal(with_labels) -> None:
    ((ours, _), _), ((reference, _), _), _ = with_labels
    assert float(ours) == pytest.approx(float(reference), rel=1e-5)


def test_with_labels_the_gradients_are_equal(with_labels) -> None:
    (_, ours), (_, reference), _ = with_labels
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-3, atol=1e-4), by_hand(ours), reference
    )
    assert all(float(jnp.abs(a).max()) > 1e-3 for a in jax.tree.leaves(reference))


def test_with_labels_the_next_counts_are_equal(with_labels) -> None:
    ((_, ours), _), ((_, reference), _), _ = with_labels
    np.testing.assert_allclose(ours, reference, rtol=1e-4, atol=1e-5)


def test_with_labels_both_streams_are_as_long(with_labels) -> None:
    *_, prepared = with_labels
    context = prepared.context
    assert (context.channels, context.dim, context.labelled) == (MANY, DIM, 1_000)
    assert prepared.resolved.train.batch_size == BATCH
    assert prepared.resolved.train.labelled_batch_size == LABELLED
