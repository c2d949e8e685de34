"""The gate."""

import jax
from flax import linen as nn

from rcmvae_core import from_linen


class Gate(nn.Module):
    """2 sigmoid(a W e) * h, the identity at first."""

    sharpness: float

    @nn.compact
    def __call__(self, h, e):
        """Gate features h by embeddings e."""
        logits = nn.Dense(h.shape[-1], kernel_init=nn.initializers.zeros)(e)
        gate = 2 * jax.nn.sigmoid(self.sharpness * logits)
        return h * gate.reshape(*e.shape[:-1], *(1,) * (h.ndim - e.ndim), h.shape[-1])


def gate(params, context):
    """Build the gate."""
    del context
    return from_linen(Gate(params.sharpness))
