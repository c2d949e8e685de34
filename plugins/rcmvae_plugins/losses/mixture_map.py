"""Builds the priors of a mixture's weights and variances, which make its estimate the maximum a posteriori."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from rcmvae_core.plugin.protocols import BuildContext, LossInputs, LossTerm
from rcmvae_plugins.losses.params import MixtureMapParams


def mixture_map(params: MixtureMapParams, context: BuildContext) -> LossTerm:
    """Build -(log Dirichlet(π; α, ..., α) + Σ_cd log Gamma(1 / σ²_cd; 1 + ν/2, ν s²/2)) / N over the unlocked channels.

    π are the weights and σ² the variances of the prior's Gaussians, N the number of training inputs: beside the ELBO's
    mean over inputs, weight 1 gives the maximum a posteriori (MAP), and weight w counts as w such priors.

    With A unlocked channels α = `concentration` / A, by which the Dirichlet is the finite form of a Dirichlet process. It
    is unbounded where a weight is zero, so a weight below `floor` counts as `floor`: the channel stays as it is, unless
    inputs call it back. The Gamma, on each precision alone the diagonal Wishart, counts as ν = `inputs` inputs of
    variance s²: a component with n inputs of variance S has its maximum at σ² = (ν s² + n S) / (ν + n).

    Args:
        params: concentration, floor, ν and s.
        context: N.

    Returns:
        A LossTerm [B], in nats per input, the same for every example; locked channels have no gradient.

    Source: A. Stirn, D. A. Knowles, "The VampPrior Mixture Model", 2024; of the finite form: H. Ishwaran, M. Zarepour,
        "Exact and approximate sum representations for the Dirichlet process", 2002.
    """

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        active = inputs.active
        weights = log_dirichlet(inputs.forward.log_pi, active, params.concentration, params.floor)
        precisions = log_gamma(-inputs.params["prior"]["log_var"], params.inputs, params.scale)
        total = weights + jnp.where(active[:, None], precisions, 0).sum()
        return jnp.broadcast_to(-total / max(context.examples, 1), inputs.x.shape[:1])

    return term


def log_dirichlet(
    log_pi: Float[Array, " K"], active: Bool[Array, " K"], concentration: float, floor: float
) -> Float[Array, ""]:
    """Return log Dirichlet(π; α, ..., α) over the A unlocked channels, α = concentration / A, π at least `floor`.

    Args:
        log_pi: log π.
        active: which channels are unlocked.
        concentration: of all channels together.
        floor: a smaller π counts as this.
    """
    count = active.sum()
    alpha = concentration / count
    constant = jax.lax.lgamma(jnp.float32(concentration)) - count * jax.lax.lgamma(alpha)
    return constant + (alpha - 1) * jnp.where(active, jnp.maximum(log_pi, math.log(floor)), 0).sum()


def log_gamma(log_precision: Float[Array, "*any"], inputs: float, scale: float) -> Float[Array, "*any"]:
    """Return log Gamma(λ; shape 1 + ν/2, rate ν s²/2), whose maximum is at λ = 1/s².

    Args:
        log_precision: log λ.
        inputs: ν.
        scale: s.
    """
    shape, rate = 1 + inputs / 2, inputs * scale**2 / 2
    constant = shape * math.log(rate) - math.lgamma(shape)
    return constant + (shape - 1) * log_precision - rate * jnp.exp(log_precision)
