"""A valid conditioner, to be changed into an invalid one."""

from __future__ import annotations

from collections.abc import Callable

import jax
from flax import linen as nn

from rcmvae_core import Net, from_linen

CHANNELS = {"provides": ("decoder.channels",), "requires": ("latent.channels",)}
"""Declaration of a conditioner that depends on the channel."""
COVARIATES = CHANNELS | {"provides": ("decoder.channels", "decoder.covariates")}
"""And of one that depends on covariates too."""


class Shift(nn.Module):
    """h + W e."""

    units: int = 7

    @nn.compact
    def __call__(self, h, e):
        shift = nn.Dense(h.shape[-1], kernel_init=nn.initializers.zeros)(e)
        return h + shift.reshape(*shift.shape[:-1], *(1,) * (h.ndim - shift.ndim), shift.shape[-1])


def shifted(change: Callable[[jax.Array], jax.Array] = lambda h: h) -> Net:
    """h' = h + W e, changed."""
    net = from_linen(Shift())
    return Net(net.init, lambda p, h, e: change(net.apply(p, h, e)))
