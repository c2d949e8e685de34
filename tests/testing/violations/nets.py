"""Encoders and conditioners that violate their contract."""

# ruff: noqa: ARG005 - functions of a protocol take what it passes

from __future__ import annotations

import jax.numpy as jnp
from flax import linen as nn

from rcmvae_core import EncoderOutput, Net, from_linen
from tests.testing.violations.conditioner import CHANNELS, COVARIATES, shifted
from tests.testing.violations.violation import violates


@violates("conditioner", "compiled", "do not depend on the embedding", **CHANNELS)
def ignores_the_embedding(params, context):
    """h'= h + b."""
    return Net(
        lambda key, h, e: {"b": jnp.zeros(())}, lambda p, h, e: h + p["b"] + 0 * e.sum(-1)[..., None].max()
    )


@violates("conditioner", "compiled", "but it does not provide `decoder.channels`")
def hides_the_embedding(params, context):
    """h' = h + W e, without declaring it."""
    return shifted()


@violates("conditioner", "compiled", "features do not depend on all of e", **COVARIATES)
def reads_the_first_entry(params, context):
    """h' = h + W e_1."""
    net = shifted()
    return Net(net.init, lambda p, h, e: net.apply(p, h, jnp.where(jnp.arange(e.shape[-1]) == 0, e, 0)))


@violates("conditioner", "eval_shape", "must be float32, got float16", **CHANNELS)
def changes_the_type(params, context):
    """h' in half precision."""
    return shifted(lambda h: h.astype(jnp.float16))


@violates("conditioner", "eval_shape", "must have the shape", **CHANNELS)
def loses_an_axis(params, context):
    """h' without its last axis."""
    return shifted(lambda h: h.sum(-1))


@violates("conditioner", "hidden_state", "keeps state between calls", **CHANNELS)
def keeps_state(params, context):
    """h' = h + W e + the number of calls."""
    calls = []

    def counted(h):
        calls.append(None)
        return h + float(len(calls))

    return shifted(counted)


@violates("conditioner", "compiled", "is not finite", **CHANNELS)
def divides_by_zero(params, context):
    """h' = (h + W e) / 0."""
    return shifted(lambda h: h / jnp.zeros(()))


@violates("conditioner", "compiled", "its gradient.* is not finite", **CHANNELS)
def has_an_infinite_gradient(params, context):
    """h' = sqrt of something that may be zero."""
    return shifted(lambda h: h + jnp.sqrt(0 * h))


@violates("conditioner", "parameter_effects", "does not depend on", **CHANNELS)
def has_dead_parameters(params, context):
    """h + W e, and an unused array."""
    net = shifted()
    return Net(
        lambda key, h, e: {"used": net.init(key, h, e), "unused": jnp.zeros(3)},
        lambda p, h, e: net.apply(p["used"], h, e),
    )


@violates("conditioner", "eval_shape", "must be a `Net`, got a `function`", **CHANNELS)
def is_no_net(params, context):
    """A function instead of a Net."""
    return lambda h, e: h


@violates("conditioner", "eval_shape", "it raised ZeroDivisionError", **CHANNELS)
def raises_when_built(params, context):
    """Never a Net."""
    return 1 / 0


@violates("conditioner", "vmap|compiled|eval_shape", "raised|compiles", **CHANNELS)
def looks_at_values(params, context):
    """h' by Python's `if` over an array."""
    return shifted(lambda h: h if float(h.sum()) > 0 else -h)


class Encoder(nn.Module):
    posteriors: int
    channels: int = 3

    @nn.compact
    def __call__(self, x):
        h = x.reshape(len(x), -1)
        both = nn.Dense(4 * self.posteriors)(h).reshape(len(x), self.posteriors, 4)
        return EncoderOutput(nn.Dense(self.channels, name="logits")(h), both[..., :2], both[..., 2:])


@violates("encoder", "eval_shape", "`mean` must have the shape")
def supports_one_layout(params, context):
    """A posterior for each of three channels, whatever the layout."""
    return from_linen(Encoder(3))


@violates("encoder", "channel_axes", "is not an axis over 3 channels", provides=("encoder.channels",))
def names_a_wrong_axis(params, context):
    """Axis 0 of a kernel that has channels on axis 1."""
    return from_linen(Encoder(context.posteriors), {"logits/kernel": 0})
