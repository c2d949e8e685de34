"""The convolutional mixture model as one Linen module, its decoder upsampling in one of two ways."""

from __future__ import annotations

from typing import Literal

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float
from rcmvae_plugins._convolution import Convolution
from rcmvae_plugins.encoders.conv import patches

CHANNELS, DIM, EMBEDDING, SIDE, KERNEL = 10, 8, 16, 28, 3
ENCODER, HIDDEN, DECODER = (32, 64), 256, (64, 32, 16)


class ByHand(nn.Module):
    """Encoder, embeddings, FiLM decoder, Bernoulli head and negative ELBO.

    `sub_pixel` is the framework's network, number for number. `transposed` differs in one thing: its maps
    double by a strided `nn.ConvTranspose` of the same kernel size and features.
    """

    upsample: Literal["sub_pixel", "transposed"]

    @nn.compact
    def __call__(self, x: Float[Array, "B H W 1"], noise: Float[Array, "B K D"] | float) -> Float[Array, ""]:
        """The loss of a batch in [0, 1]."""
        log_q, mean, log_var = self._encode(x)
        logits = self._decode(mean + jnp.exp(log_var / 2) * noise)
        target = x.reshape(len(x), 1, -1)
        entropies = jnp.maximum(logits, 0) - target * logits + jnp.log1p(jnp.exp(-jnp.abs(logits)))
        kl_z = 0.5 * (jnp.exp(log_var) + mean**2 - 1 - log_var).sum(axis=-1)
        each = entropies.sum(axis=-1) + kl_z + log_q + jnp.log(CHANNELS)
        return jnp.mean(jnp.sum(jnp.exp(log_q) * each, axis=-1))

    def _encode(self, x: Float[Array, "B H W 1"]) -> tuple[Array, Array, Array]:
        h = x
        for index, units in enumerate(ENCODER):
            h = nn.relu(nn.Dense(units, name=f"encoder_{index}")(patches(h, KERNEL)))
        h = nn.relu(nn.Dense(HIDDEN, name="hidden")(h.reshape(len(h), -1)))
        gaussian = nn.Dense(2 * CHANNELS * DIM, name="posterior")(h).reshape(-1, CHANNELS, 2 * DIM)
        mean, raw = jnp.split(gaussian, 2, axis=-1)
        return jax.nn.log_softmax(nn.Dense(CHANNELS, name="logits")(h)), mean, 10 * jnp.tanh(raw / 10)

    def _decode(self, z: Float[Array, "B K D"]) -> Float[Array, "B K P"]:
        e = self.param("embeddings", nn.initializers.normal(1.0), (CHANNELS, EMBEDDING))
        side = SIDE // 2 ** (len(DECODER) - 1)
        h = nn.Dense(side * side * DECODER[0], name="decoder_0")(z).reshape(-1, side, side, DECODER[0])
        h = self._film(0, h, e)
        for index, units in enumerate(DECODER[1:], start=1):
            h = self._film(index, self._double(index, h, units), e)
        return nn.Dense(1, name="head")(h).reshape(-1, CHANNELS, SIDE * SIDE)

    def _film(
        self, index: int, h: Float[Array, "N H W F"], e: Float[Array, "K E"]
    ) -> Float[Array, "N H W F"]:
        gamma, beta = (
            nn.Dense(h.shape[-1], kernel_init=nn.initializers.zeros, name=f"{name}_{index}")(e)[:, None, None]
            for name in ("gamma", "beta")
        )
        split = h.reshape(-1, CHANNELS, *h.shape[1:])
        return nn.relu((1 + gamma) * split + beta).reshape(h.shape)

    def _double(self, index: int, h: Float[Array, "N H W F"], units: int) -> Float[Array, "N H2 W2 G"]:
        if self.upsample == "transposed":
            return nn.ConvTranspose(units, (KERNEL, KERNEL), (2, 2), name=f"decoder_{index}")(h)
        mixed = Convolution(units, KERNEL, name=f"decoder_{index}")(h)
        squares = nn.Dense(4 * units, name=f"up_{index}")(mixed.reshape(-1, units))
        count, height, width, _ = h.shape
        squares = squares.reshape(count, height, width, 2, 2, units).transpose(0, 1, 3, 2, 4, 5)
        return squares.reshape(count, 2 * height, 2 * width, units)
