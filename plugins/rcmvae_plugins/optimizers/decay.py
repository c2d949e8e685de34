"""Which arrays weight decay is for, which optimizers of this family share."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from rcmvae_core.protocols import Params

_SPARED = frozenset({"bias", "embedding", "embeddings", "pseudo_inputs", "pi_logits"})


def decayed(params: Params) -> Any:
    """Which arrays decay: of rank 2 and more, at any depth; no biases, embeddings or parameters of p(z, c).

    Decay is a prior on how strongly layers respond; on an embedding it would only draw channels together, and
    on a pseudo-input or log π it would change the prior that the model itself has.

    Example:
        >>> decayed({"kernel": jnp.ones((2, 2)), "bias": jnp.ones(2), "embeddings": jnp.ones((3, 4))})
        {'bias': False, 'embeddings': False, 'kernel': True}
    """

    def decays(path: tuple[Any, ...], array: Any) -> bool:
        names = {str(getattr(entry, "key", "")) for entry in path}
        return jnp.ndim(array) > 1 and not names & _SPARED

    return jax.tree_util.tree_map_with_path(decays, params)
