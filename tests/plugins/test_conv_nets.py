"""The convolutional nets as compiled programs: their convolutions, gradients, compilation and keys."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.backbones.conv import conv as backbone
from rcmvae_plugins.backbones.params import ConvParams as BackboneParams
from rcmvae_plugins.conditioners.film import film
from rcmvae_plugins.encoders.conv import conv as encoder
from rcmvae_plugins.encoders.params import ConvParams as EncoderParams
from rcmvae_plugins.encoders.params import ResNetParams
from rcmvae_plugins.encoders.resnet import resnet

from rcmvae_core.plugin.parameters import NoParams

from .nets import LAYOUT, B, D, E, K, context, drawn, normal

PLACE = context((7, 5, 3))
STAGES = ResNetParams(widths=(4, 6), blocks=(1, 1), strides=(2, 2), groups=2)
NETS = {
    "encoder": (encoder(EncoderParams(features=(4, 6)), PLACE), (normal(B, 7, 5, 3),)),
    "resnet": (resnet(STAGES, PLACE), (normal(B, 7, 5, 3),)),
    "backbone": (
        backbone(BackboneParams(features=(6, 5, 4)), PLACE, film(NoParams(), PLACE)),
        (normal(B, K, D), normal(1, K, E)),
    ),
}


def equations(jaxpr):
    for eqn in jaxpr.eqns:
        yield eqn
        for inner in jax.tree.leaves(eqn.params, is_leaf=lambda leaf: hasattr(leaf, "eqns")):
            if hasattr(inner, "eqns") or hasattr(inner, "jaxpr"):
                yield from equations(getattr(inner, "jaxpr", inner))


def convolutions(function, *inputs):
    eqns = equations(jax.make_jaxpr(function)(*inputs).jaxpr)
    return [eqn.params for eqn in eqns if eqn.primitive.name == "conv_general_dilated"]


def total(net):
    return lambda params, *inputs: sum(
        (leaf**2).sum() for leaf in jax.tree.leaves(net.apply(params, *inputs))
    )


@pytest.mark.parametrize("name", NETS)
def test_no_convolution_is_dilated_and_all_are_channels_last(name):
    net, inputs = NETS[name]
    params = drawn(net, *inputs)
    actual = convolutions(jax.grad(total(net), argnums=tuple(range(1 + len(inputs)))), params, *inputs)
    # Two of the backbone's layers convolve, and three of the residual encoder's, forward and back.
    assert len(actual) == {"encoder": 0, "resnet": 6, "backbone": 4}[name]
    channels_last = jax.lax.conv_dimension_numbers((1,) * 4, (1,) * 4, LAYOUT)
    for convolution in actual:
        assert set(convolution["window_strides"]) == {1}
        assert set(convolution["lhs_dilation"] + convolution["rhs_dilation"]) == {1}
        assert convolution["dimension_numbers"] == channels_last


@pytest.mark.parametrize("name", NETS)
def test_gradients_are_finite_and_reach_every_parameter_and_input(name):
    net, inputs = NETS[name]
    params = drawn(net, *inputs)
    gradient = jax.jit(jax.grad(total(net), argnums=tuple(range(1 + len(inputs)))))(params, *inputs)
    for leaf in jax.tree.leaves(gradient):
        assert np.isfinite(leaf).all()
        assert np.count_nonzero(leaf)


@pytest.mark.parametrize("name", NETS)
def test_nets_compile_once(name):
    net, inputs = NETS[name]
    traces = []

    @jax.jit
    def apply(params, *arrays):
        traces.append(1)
        return net.apply(params, *arrays)

    params = drawn(net, *inputs)
    apply(params, *inputs)
    apply(*jax.tree.map(lambda leaf: 2 * np.asarray(leaf), (params, *inputs)))
    assert len(traces) == 1


@pytest.mark.parametrize("name", NETS)
def test_nets_are_functions_of_their_key(name):
    net, inputs = NETS[name]
    init = jax.jit(net.init)
    first, again, other = (jax.tree.leaves(init(jax.random.key(seed), *inputs)) for seed in (0, 0, 1))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert any(not np.array_equal(a, b) for a, b in zip(first, other, strict=True))
    assert {leaf.dtype for leaf in first} == {jnp.dtype("float32")}
