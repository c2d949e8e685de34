"""Builds an augmentation that replaces features by those of other inputs."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.protocols import Augmentation, BuildContext
from rcmvae_plugins.augmentations.params import CorruptParams


def corrupt(params: CorruptParams, context: BuildContext) -> Augmentation:
    """Compute x'_ij = x_{r_ij j} where m_ij = 1, else x_ij, with m_ij ~ Bernoulli(p) and rows r_ij ~ Uniform{1, ..., B}.

    A replaced feature j is a draw from the values of j in the batch, independent of the other features of its row, so that
    it stays a value that occurs, whatever the distribution of the column. A prediction that does not change rests on
    several columns, as that of a forest does, whose trees see some of them.

    Args:
        params: the probability p.
        context: unused.

    Returns:
        An Augmentation of inputs of any shape, each value of which is a feature; exactly the identity if p is 0. A batch
        of one input is unchanged.

    Source: D. Bahri et al., "SCARF: Self-Supervised Contrastive Learning using Random Feature Corruption", ICLR 2022.
    """
    del context

    def augment(x: Float[Array, "B *x"], key: Key[Array, ""]) -> Float[Array, "B *x"]:
        mask_key, row_key = jax.random.split(key)
        flat = x.reshape(len(x), -1)
        rows = jax.random.randint(row_key, flat.shape, 0, len(x))
        other = jnp.take_along_axis(flat, rows, axis=0)
        replaced = jax.random.bernoulli(mask_key, params.probability, flat.shape)
        return jnp.where(replaced, other, flat).reshape(x.shape)

    return augment
