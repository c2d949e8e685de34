"""The benchmark is fair: by hand is the framework's model number for number, and transposed is as large."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.benchmarks.conv_by_hand import CHANNELS, ByHand
from tests.benchmarks.convolution import SETTINGS, parameters
from tests.benchmarks.engine import synthetic

pytestmark = pytest.mark.long


def by_hand(params: dict) -> dict:
    """The framework's parameters under the names of the hand-written module's."""
    encoder, backbone = params["encoder"], params["backbone"]
    posterior = {name: array.reshape(*array.shape[:-2], -1) for name, array in encoder["posterior"].items()}
    films = {
        f"{name}_{index}": backbone[f"condition_{index}"][name]
        for index in range(3)
        for name in ("gamma", "beta")
    }
    return films | {
        "encoder_0": encoder["conv_0"],
        "encoder_1": encoder["conv_1"],
        "hidden": encoder["hidden_0"],
        "logits": encoder["logits"],
        "posterior": posterior,
        "embeddings": params["embeddings"],
        "decoder_0": backbone["dense_0"],
        "decoder_1": backbone["conv_1"],
        "up_1": backbone["up_1"],
        "decoder_2": backbone["conv_2"],
        "up_2": backbone["up_2"],
        "head": next(iter(params["head"].values())),
    }


@pytest.fixture(scope="module")
def both():
    model = synthetic(256, settings=SETTINGS).model
    x = jax.random.uniform(jax.random.key(1), (3, 28, 28, 1))
    params = jax.jit(model.init)(jax.random.key(0), x)

    def framework(params):
        forward = model.forward(params, x, step=jnp.int32(0), active=jnp.ones(CHANNELS, bool), key=None)
        terms = forward.nll + forward.kl + forward.log_responsibilities - forward.log_pi
        return jnp.mean(jnp.sum(forward.responsibilities * terms, axis=1))

    def reference(params):
        return ByHand("sub_pixel").apply({"params": params}, x, 0.0)

    # Away from the start, where FiLM is the identity.
    params = jax.tree.map(lambda a: a + 0.02 * jax.random.normal(jax.random.key(2), a.shape), params)
    return (
        params,
        jax.jit(jax.value_and_grad(framework))(params),
        jax.jit(jax.value_and_grad(reference))(by_hand(params)),
    )


def test_the_losses_are_equal(both) -> None:
    _, (ours, _), (reference, _) = both
    assert float(ours) == pytest.approx(float(reference), rel=1e-5)


def test_the_gradients_are_equal(both) -> None:
    _, (_, ours), (_, reference) = both
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-3, atol=1e-3), by_hand(ours), reference
    )


def test_the_transposed_model_differs_only_in_how_maps_double(both) -> None:
    params, *_ = both
    shapes = jax.eval_shape(
        ByHand("transposed").init, jax.random.key(0), jnp.zeros((1, 28, 28, 1)), jnp.zeros(())
    )
    ours, theirs = by_hand(params), shapes["params"]
    shared = set(theirs) - {"decoder_1", "decoder_2"}
    assert set(ours) == set(theirs) | {"up_1", "up_2"}
    assert {n: jax.tree.map(jnp.shape, ours[n]) for n in shared} == {
        n: jax.tree.map(jnp.shape, theirs[n]) for n in shared
    }
    for name in ("decoder_1", "decoder_2"):
        assert ours[name]["kernel"].shape == theirs[name]["kernel"].shape
    assert 1 < parameters("sub_pixel") / parameters("transposed") < 1.02
