"""Clips gradients and selects the arrays of weight decay, for the optimizers of this family."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import optax

from rcmvae_core.plugin.protocols import Params

_WITHOUT_DECAY = frozenset({"bias", "embedding", "embeddings", "pseudo_inputs", "pi_logits"})


def with_clipping(
    clip_norm: float | None, optimizer: optax.GradientTransformation
) -> optax.GradientTransformation:
    """Scale gradients whose global norm is above `clip_norm` down to it before an optimizer; None does not clip."""
    if clip_norm is None:
        return optimizer
    return optax.chain(optax.clip_by_global_norm(clip_norm), optimizer)


def decay_mask(params: Params) -> Any:
    """Return which arrays decay: those of rank 2 or more, except biases, embeddings and parameters of p(z, c).

    Weight decay is a prior on how strongly layers respond. On embeddings it would only pull channels together, and on
    pseudo-inputs or log π it would change the model's prior.

    Args:
        params: a nested dict of arrays.

    Returns:
        The same tree with a bool per array.

    Example:
        >>> decay_mask({"kernel": jnp.ones((2, 2)), "bias": jnp.ones(2), "embeddings": jnp.ones((3, 4))})
        {'bias': False, 'embeddings': False, 'kernel': True}
    """

    def decays(path: tuple[Any, ...], array: Any) -> bool:
        names = {str(getattr(entry, "key", "")) for entry in path}
        return jnp.ndim(array) > 1 and not names & _WITHOUT_DECAY

    return jax.tree_util.tree_map_with_path(decays, params)
