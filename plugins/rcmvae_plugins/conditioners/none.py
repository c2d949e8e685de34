"""Builds the conditioner that changes nothing."""

from __future__ import annotations

from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import BuildContext, Net, Params


def none(params: NoParams, context: BuildContext) -> Net:
    """Return features unchanged: h' = h.

    Args:
        params: none.
        context: unused.

    Returns:
        A Net over (h, e) without parameters. With one latent for all channels the decoder's channel axis keeps
        length 1, so decoding costs as much as in a plain VAE.
    """
    del params, context

    def init(key: Key[Array, ""], h: Float[Array, "*h"], e: Float[Array, "*e"]) -> Params:
        del key, h, e
        return {}

    def apply(params: Params, h: Float[Array, "*h"], e: Float[Array, "*e"]) -> Float[Array, "*h"]:
        del params, e
        return h

    return Net(init, apply)
