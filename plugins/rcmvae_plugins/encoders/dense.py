"""Builds a fully connected encoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
from flax import linen as nn
from jaxtyping import Array, Float

from rcmvae_core.plugin.flax_adapters import from_linen
from rcmvae_core.plugin.protocols import BuildContext, EncoderOutput, Net
from rcmvae_plugins.encoders._posterior import channel_axes, infer
from rcmvae_plugins.encoders.params import DenseParams


class DenseEncoder(nn.Module):
    """Hidden layers, then a linear map to the logits and one to every posterior."""

    hidden: tuple[int, ...]
    activation: Callable[[Any], Any]
    input_gain: float | None
    channels: int
    posteriors: int
    dim: int

    @nn.compact
    def __call__(self, x: Float[Array, "B *x"]) -> EncoderOutput:
        """Encode a batch of inputs in [0, 1]."""
        h = x.reshape(x.shape[0], -1)
        if self.input_gain is not None:
            h = self.input_gain * (h - 0.5)
        for index, units in enumerate(self.hidden):
            h = self.activation(nn.Dense(units, name=f"hidden_{index}")(h))
        return infer(h, self.channels, self.posteriors, self.dim)


def dense(params: DenseParams, context: BuildContext) -> Net:
    """Encode the flattened input x, or g (x - 1/2) with `input_gain` g, through hidden layers.

    logits = W_c h + b_c;  (mean, raw) = W_z h + b_z;  log_var = 10 tanh(raw / 10), so that the variance stays
    between 5e-5 and 2e4.

    Nets start almost linear, and learn slowly, in features that vary little around 1/2; g gives these the deviation that
    the initial weights are made for.

    Args:
        params: hidden layers, their activation function and g.
        context: channels K, latent size D, layout.

    Returns:
        A Net from x [B, *x] to an EncoderOutput: logits [B, K], mean and log_var [B, k, D].

    Source: D. P. Kingma, M. Welling, "Auto-Encoding Variational Bayes", 2014, appendix C.
    """
    module = DenseEncoder(
        hidden=params.hidden,
        activation=getattr(jax.nn, params.activation),
        input_gain=params.input_gain,
        channels=context.channels,
        posteriors=context.posteriors,
        dim=context.dim,
    )
    return from_linen(module, channel_axes(context))
