"""Adam with decoupled weight decay."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import optax

from rcmvae_core.protocols import Context, Params
from rcmvae_plugins.optimizers.clipping import clipped
from rcmvae_plugins.optimizers.params import AdamWParams

_SPARED = frozenset({"bias", "embedding", "embeddings"})


def decayed(params: Params) -> Any:
    """Which arrays decay: those of rank 2 and more that are neither biases nor embeddings, at any depth.

    Decay is a prior on how strongly layers respond; on an embedding it would only draw channels together.

    Example:
        >>> decayed({"kernel": jnp.ones((2, 2)), "bias": jnp.ones(2), "embeddings": jnp.ones((3, 4))})
        {'bias': False, 'embeddings': False, 'kernel': True}
    """

    def decays(path: tuple[Any, ...], array: Any) -> bool:
        names = {str(getattr(entry, "key", "")) for entry in path}
        return jnp.ndim(array) > 1 and not names & _SPARED

    return jax.tree_util.tree_map_with_path(decays, params)


def adamw(params: AdamWParams, context: Context) -> optax.GradientTransformation:
    """Adam whose weights also shrink by learning rate · weight decay a step, after clipping where asked.

    Args:
        params: the learning rate is a function of the step.
        context: unused.

    Source: I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", 2019.
    """
    del context
    optimizer = optax.adamw(
        params.learning_rate, params.b1, params.b2, params.eps, weight_decay=params.weight_decay, mask=decayed
    )
    return clipped(params.clip_norm, optimizer)
