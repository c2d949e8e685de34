"""`cross_view` against an enumeration of channels, with the decoder of a model."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.losses.cross_view import cross_view
from rcmvae_plugins.losses.params import CrossViewParams

from rcmvae_core.model.build import Batch
from tests.testing.combinations import IMAGE, Combination, inputs, make

X = inputs(4)
KEY = jax.random.key(3)


def darker(x, key):
    del key
    return x / 2


def mirrored(x, key):
    del key
    return x[:, :, ::-1]


def bernoulli(x, mean):
    """-log p(x) of one input, over its pixels."""
    x, mean = np.asarray(x, np.float64), np.asarray(mean, np.float64)
    return -np.sum(x * np.log(mean) + (1 - x) * np.log1p(-mean))


@pytest.mark.parametrize("layout", ["decentralized", "shared"])
@pytest.mark.parametrize("weak", [None, darker])
def test_the_weak_view_is_decoded_by_the_channels_of_the_strong_one(
    make_context, make_inputs, layout, weak
) -> None:
    model = make(Combination(layout, "mixture", "soft", "film", "dense", "bernoulli"), {"reconstruction": ""})
    params, active = model.init(jax.random.key(0), X), jnp.ones(model.context.channels, bool)
    params = jax.tree.map(lambda a: a + 0.3 * jnp.cos(jnp.arange(a.size).reshape(a.shape)), params)
    given = core_inputs(model, params)
    term = cross_view(CrossViewParams(strong=mirrored, weak=weak), make_context())
    values = term(make_inputs(**given._asdict() | {"key": KEY}))
    view = X if weak is None else X / 2
    posterior, _ = model.infer(params, view, active)
    q = np.exp(np.asarray(model.infer(params, X[:, :, ::-1], active)[1], np.float64))
    latent_key = jax.random.split(jax.random.split(KEY, 3)[2], 3)[0]
    noise = jax.random.normal(latent_key, posterior.mean.shape)
    means = model.decode(params, posterior.mean + jnp.exp(posterior.log_var / 2) * noise)
    assert means.shape == (4, model.context.channels, *IMAGE)
    for i in range(4):
        expected = sum(q[i, c] * bernoulli(view[i], means[i, c]) for c in range(q.shape[1]))
        assert values[i] == pytest.approx(expected, rel=1e-4)


def core_inputs(model, params):
    """The inputs that the core gives the terms of a model, captured by one of them."""
    captured = []

    def capture(inputs):
        captured.append(inputs)
        return inputs.forward.nll.sum(axis=1)

    (label,) = model.terms
    terms = {label: model.parts.terms[label]._replace(value=capture)}
    other = type(model)(model.parts._replace(terms=terms))
    other.loss(params, other.init_state(params), Batch(X, None, None), step=jnp.int32(0), key=KEY)
    return captured[0]


def test_without_a_decoder_it_says_so(make_context, make_inputs) -> None:
    term = cross_view(CrossViewParams(strong=mirrored), make_context())
    with pytest.raises(ValueError, match="reconstruct"):
        term(make_inputs())
