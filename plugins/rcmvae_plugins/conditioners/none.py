"""No conditioning."""

from __future__ import annotations

from jaxtyping import Array, Float, Key

from rcmvae_core.params import NoParams
from rcmvae_core.protocols import Context, Net, Params


def none(params: NoParams, context: Context) -> Net:
    """Leave features as they are: h' = h.

    Args:
        params: none.
        context: unused.

    Returns:
        A Net over (h, e) without parameters. With one latent for all channels the decoder's middle axis stays
        1, and costs no more than a plain VAE.
    """
    del params, context

    def init(key: Key[Array, ""], h: Float[Array, "*h"], e: Float[Array, "*e"]) -> Params:
        del key, h, e
        return {}

    def apply(params: Params, h: Float[Array, "*h"], e: Float[Array, "*e"]) -> Float[Array, "*h"]:
        del params, e
        return h

    return Net(init, apply)
