"""Shows an encoder which values of its inputs are missing, without its knowing of missing values."""

from __future__ import annotations

from typing import Any

import attrs
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.protocols import BuildContext, Net, Params

_FEATURE_AXES = 1


def encoder_context(context: BuildContext) -> BuildContext:
    """Return the sizes with which an encoder is built: with missing values it sees twice as many features.

    Args:
        context: of the other parts.

    Raises:
        ValueError: if inputs may lack values and are not rows of features.
    """
    if not context.missing:
        return context
    if len(context.input_shape) != _FEATURE_AXES:
        raise ValueError(f"inputs of the shape {list(context.input_shape)} cannot have missing values")
    return attrs.evolve(context, input_shape=(2 * context.input_shape[0],), columns=(), missing=False)


def seeing_gaps(encoder: Net, context: BuildContext) -> Net:
    """Return an encoder of inputs with NaN, which passes [x m, m] on, where m is 1 for an observed value and else 0.

    Args:
        encoder: built with `encoder_context`.
        context: of the other parts.

    Returns:
        The encoder as it is, if inputs lack no values.

    Source: A. Nazábal et al., "Handling Incomplete Heterogeneous Data using VAEs", 2020 (zeros for missing values);
    C. Ma et al., "EDDI: Efficient Dynamic Discovery of High-Value Information with Partial VAE", 2019 (the mask).
    """
    if not context.missing:
        return encoder

    def init(key: Key[Array, ""], x: Float[Array, "n F"]) -> Params:
        return encoder.init(key, _with_mask(x))

    def apply(params: Params, x: Float[Array, "B F"]) -> Any:
        return encoder.apply(params, _with_mask(x))

    return encoder._replace(init=init, apply=apply)


def _with_mask(x: Float[Array, "B F"]) -> Float[Array, "B G"]:
    mask = ~jnp.isnan(x)
    return jnp.concatenate([jnp.where(mask, x, 0.0), mask.astype(x.dtype)], axis=-1)


def fill_means(inputs: Float[Array, "n *x"], context: BuildContext) -> Float[Array, "n *x"]:
    """Return inputs with the mean of the observed values of each feature for a missing one, and 0 where there is none.

    Parts that begin at training inputs, such as pseudo-inputs, need whole ones.

    Args:
        inputs: a sample of the training data.
        context: whether they lack values.
    """
    if not context.missing:
        return inputs
    mask = ~jnp.isnan(inputs)
    total = jnp.where(mask, inputs, 0.0).sum(axis=0)
    return jnp.where(mask, inputs, total / jnp.maximum(mask.sum(axis=0), 1))


def observed_mean(values: Float[Array, "B F"]) -> Float[Array, " B"]:
    """Return the mean of the values of each row that are not NaN; 0 where there is none."""
    mask = ~jnp.isnan(values)
    return jnp.where(mask, values, 0.0).sum(axis=1) / jnp.maximum(mask.sum(axis=1), 1)
