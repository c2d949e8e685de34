"""h + scale W e."""

from flax import linen as nn

from rcmvae_core import from_linen


class Shift(nn.Module):
    """A linear map of the embedding, added to features."""

    scale: float
    bias: bool

    @nn.compact
    def __call__(self, h, e):
        shift = self.scale * nn.Dense(h.shape[-1], use_bias=self.bias)(e)
        return h + shift.reshape(*e.shape[:-1], *(1,) * (h.ndim - e.ndim), h.shape[-1])


def shift(params, context):
    """Build the conditioner."""
    del context
    return from_linen(Shift(params.scale, params.bias))
