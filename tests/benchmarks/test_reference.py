"""The benchmark is fair: the model written by hand is the framework's model, number for number."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.benchmarks import raw_jax
from tests.benchmarks.throughput import CHANNELS, DIM, build_model

SIZES = {"channels": CHANNELS, "dim": DIM}


def by_hand(params: dict) -> dict:
    """The framework's parameters in the shape of the hand-written model's."""
    encoder, backbone = params["encoder"], params["backbone"]
    return {
        "encoder": [encoder["hidden_0"], encoder["hidden_1"]],
        "logits": encoder["logits"],
        "posterior": {
            name: array.reshape(*array.shape[:-2], -1) for name, array in encoder["posterior"].items()
        },
        "embeddings": params["embeddings"],
        "decoder": [backbone["hidden_0"], backbone["hidden_1"]],
        "film": [backbone["condition_0"], backbone["condition_1"]],
        "head": next(iter(params["head"].values())),
    }


@pytest.fixture(scope="module")
def both():
    model = build_model(examples=256)
    x = jax.random.uniform(jax.random.key(1), (6, 28, 28, 1))
    params = model.init(jax.random.key(0), x)
    # Away from the start, where FiLM is the identity.
    return model, jax.tree.map(lambda a: a + 0.02 * jax.random.normal(jax.random.key(2), a.shape), params), x


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
