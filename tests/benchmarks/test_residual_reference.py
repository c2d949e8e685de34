"""The benchmark is fair: both models by hand are the framework's, number for number."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.benchmarks import raw_resnet
from tests.benchmarks.engine import synthetic
from tests.benchmarks.residual import SETTINGS
from tests.benchmarks.specs import CHANNELS, DIM

pytestmark = pytest.mark.long


@pytest.mark.parametrize("how", ["fast", "xla"])
def test_losses_and_gradients_are_equal(how) -> None:
    model = synthetic(256, settings=SETTINGS).model
    x = jax.random.uniform(jax.random.key(1), (3, 28, 28, 1))
    params = jax.jit(model.init)(jax.random.key(0), x)
    # Away from the start, where FiLM is the identity.
    params = jax.tree.map(lambda a: a + 0.02 * jax.random.normal(jax.random.key(2), a.shape), params)

    def framework(params):
        forward = model.forward(params, x, step=jnp.int32(0), active=jnp.ones(CHANNELS, bool), key=None)
        terms = forward.nll + forward.kl + forward.log_responsibilities - forward.log_pi
        return jnp.mean(jnp.sum(forward.responsibilities * terms, axis=1))

    reference = partial(raw_resnet.loss, channels=CHANNELS, dim=DIM, how=how)
    ours, gradient = jax.jit(jax.value_and_grad(framework))(params)
    by_hand = raw_resnet.by_hand(params)
    other, expected = jax.jit(jax.value_and_grad(lambda p: reference(p, x, 0.0)))(by_hand)
    assert float(ours) == pytest.approx(float(other), rel=1e-4)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=5e-3, atol=5e-3),
        raw_resnet.by_hand(gradient),
        expected,
    )
