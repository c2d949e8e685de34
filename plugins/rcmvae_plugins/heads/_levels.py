"""Computes probabilities of levels: of ordinals by cumulative logits, of categories by a softmax."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.missing import Observed
from rcmvae_plugins.heads._projection import inverse_softplus
from rcmvae_plugins.heads._table_layout import LevelGroup

_LEAST_GAP = 1e-3
"""The distance of neighbouring cuts at least, so that each level has a probability."""
_NATS_UNKNOWN = 16.0
"""-log p of a category that training did not have."""


class LevelNet(nn.Module):
    """Outputs of the net to the logarithms of probabilities of each level."""

    group: LevelGroup

    @nn.compact
    def __call__(self, outputs: Float[Array, "B M o"]) -> Float[Array, "B M n L"]:
        """Map outputs to log p; of an ordinal with its own cuts."""
        count, size = len(self.group.features), self.group.size
        if self.group.type == "category":
            return jax.nn.log_softmax(outputs.reshape(*outputs.shape[:2], count, size))
        if self.group.type == "flag":
            return jnp.stack([jax.nn.log_sigmoid(-outputs), jax.nn.log_sigmoid(outputs)], axis=-1)
        first = self.param("first", nn.initializers.constant(1 - size / 2), (count, 1))
        cuts = first
        if size > 2:  # noqa: PLR2004 - two levels have one cut
            start = nn.initializers.constant(inverse_softplus(1.0))
            gaps = jax.nn.softplus(self.param("gaps", start, (count, size - 2))) + _LEAST_GAP
            cuts = jnp.concatenate([first, first + jnp.cumsum(gaps, axis=1)], axis=1)
        return cumulative_log_probs(outputs, cuts)


def cumulative_log_probs(
    location: Float[Array, "B M n"], cuts: Float[Array, "n C"]
) -> Float[Array, "B M n L"]:
    """Return log p of the levels of ordinals, L = C + 1, with P(level <= l) = sigmoid(t_l - η).

    A level between two cuts a > b has σ(a - η) - σ(b - η) = σ(a - η) σ(η - b) (1 - exp(b - a)), whose logarithm has no
    difference of nearly equal numbers.

    Args:
        location: η of each column.
        cuts: t of each column, ascending.

    Example:
        >>> log_p = cumulative_log_probs(jnp.zeros((1, 1, 1)), jnp.array([[0.0, 1.0]]))
        >>> [round(float(p), 4) for p in jnp.exp(log_p[0, 0, 0])]
        [0.5, 0.2311, 0.2689]
    """
    distance = cuts - location[..., None]
    below, above = jax.nn.log_sigmoid(distance), jax.nn.log_sigmoid(-distance)
    between = jnp.log(-jnp.expm1(cuts[:, :-1] - cuts[:, 1:]))
    middle = below[..., 1:] + above[..., :-1] + between
    return jnp.concatenate([below[..., :1], middle, above[..., -1:]], axis=-1)


def group_nll(group: LevelGroup, log_p: Float[Array, "B m n L"], values: Observed) -> Float[Array, "B m"]:
    """Return -log p of the values of a group's columns, in nats.

    An ordinal counts as its nearest level; a category that training did not have, and whose features are all 0, as 16 nats.

    Args:
        group: the columns.
        log_p: of their levels.
        values: of all features of the table; a column of which any is missing counts for nothing.
    """
    columns = values.take(np.array(group.features))
    own = columns.values  # [B, n, w]
    if group.type == "ordinal":
        levels = np.array(group.levels, np.float32)
        middles = (levels[:, 1:] + levels[:, :-1]) / 2
        index = (own > middles).sum(axis=-1)
        share = jax.nn.one_hot(index, group.size)
    elif group.type == "flag":
        own = jnp.clip(own, 0.0, 1.0)
        share = jnp.concatenate([1 - own, own], axis=-1)
    else:
        share = jnp.clip(own, 0.0, 1.0)
    terms = -(share[:, None] * log_p).sum(axis=-1)
    if group.type == "category":
        terms += _NATS_UNKNOWN * jnp.maximum(1 - share.sum(axis=-1), 0.0)[:, None]
    return columns.sum_columns(terms)


def group_mean(group: LevelGroup, log_p: Float[Array, "B M n L"]) -> Float[Array, "B M f"]:
    """Return the expected values of the features of a group."""
    return _features(group, jnp.exp(log_p))


def group_sample(
    group: LevelGroup, log_p: Float[Array, "B M n L"], key: Key[Array, ""]
) -> Float[Array, "B M f"]:
    """Draw the values of the features of a group."""
    return _features(group, jax.nn.one_hot(jax.random.categorical(key, log_p), group.size))


def _features(group: LevelGroup, share: Float[Array, "B M n L"]) -> Float[Array, "B M f"]:
    if group.type == "category":
        return share.reshape(*share.shape[:2], -1)
    return (share * np.array(group.levels, np.float32)).sum(axis=-1)
