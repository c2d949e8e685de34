"""The squared norm of parameters against NumPy."""

from __future__ import annotations

import attrs
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.losses.params import L2Params
from rcmvae_plugins.losses.penalties import l2

B, K = 3, 5
RNG = np.random.default_rng(0)


def draw(*shape):
    return jnp.asarray(RNG.normal(size=shape), jnp.float32)


PARAMS = {
    "encoder": {"first": {"kernel": draw(4, 3), "bias": draw(3)}, "logits": {"kernel": draw(3, K)}},
    "prior": {},
    "embeddings": draw(K, 2),
    "backbone": {"layer": {"kernel": draw(2, 2, 3), "scale": draw(3)}},
    "head": {"log_sigma": draw()},
}
ACTIVE = jnp.array([True, True, False, True, False])


def squares(*arrays):
    return sum((np.asarray(a, np.float64) ** 2).sum() for a in arrays) / 2


def value(make_context, make_inputs, params=PARAMS, **choice):
    return l2(L2Params(**choice), make_context())(make_inputs(params=params, active=ACTIVE))


def test_matrices_leave_biases_and_gains_out(make_context, make_inputs):
    actual = value(make_context, make_inputs, parts=("encoder", "backbone"))
    encoder, backbone = PARAMS["encoder"], PARAMS["backbone"]
    expected = squares(encoder["first"]["kernel"], encoder["logits"]["kernel"], backbone["layer"]["kernel"])
    np.testing.assert_allclose(actual, [expected] * B, rtol=1e-5)


def test_all_arrays_of_a_part(make_context, make_inputs):
    actual = value(make_context, make_inputs, parts=("encoder", "head"), arrays="all")
    expected = squares(*jax.tree.leaves(PARAMS["encoder"]), *jax.tree.leaves(PARAMS["head"]))
    np.testing.assert_allclose(actual, [expected] * B, rtol=1e-5)


def test_the_gradient_is_the_parameter_and_none_for_locked_embeddings(make_context, make_inputs):
    def loss(params):
        return value(make_context, make_inputs, params, parts=("embeddings", "backbone")).mean()

    gradient = jax.grad(loss)(PARAMS)
    kernel = PARAMS["backbone"]["layer"]["kernel"]
    np.testing.assert_allclose(gradient["backbone"]["layer"]["kernel"], kernel, rtol=1e-5)
    np.testing.assert_allclose(
        gradient["embeddings"], jnp.where(ACTIVE[:, None], PARAMS["embeddings"], 0), rtol=1e-5
    )
    untouched = [gradient["encoder"], gradient["head"], gradient["backbone"]["layer"]["scale"]]
    assert all((leaf == 0).all() for leaf in jax.tree.leaves(untouched))


@pytest.mark.parametrize(
    ("part", "arrays", "noun"), [("head", "matrices", "matrices"), ("prior", "all", "arrays")]
)
def test_a_part_without_such_arrays_is_refused(make_context, make_inputs, part, arrays, noun):
    with pytest.raises(ValueError, match=f"part `{part}` has no trainable {noun}"):
        value(make_context, make_inputs, parts=(part,), arrays=arrays)


def test_parts_are_known_and_named_once():
    with pytest.raises(ValueError, match="twice"):
        L2Params(parts=("head", "head"))
    rule = attrs.fields(L2Params).parts.metadata["rcmvae"]
    assert rule.violation(("encoder", "decoder"))
    assert rule.violation(())
    assert rule.violation(("encoder",)) is None
