"""A Dirichlet density of channel probabilities."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from rcmvae_core.protocols import Context, LossInputs, LossTerm
from rcmvae_plugins.losses.params import DirichletParams


def dirichlet(params: DirichletParams, context: Context) -> LossTerm:
    """-Σ_c (α - 1) log v_c over the unlocked channels, v = π or q(c|x): -log Dirichlet(v; α) without its constant.

    On π this is its MAP estimate when the weight is 1 / N, for N training inputs, as the core takes means over
    examples. With α > 1 the value is least at the uniform v. With α < 1 it falls without bound as a channel's
    probability goes to zero; on q(c|x) only other terms can hold it.

    Args:
        params: α, and what v is.
        context: unused.

    Returns:
        A LossTerm [B], in nats: with π the same for every example. A locked channel gets no gradient.
    """
    del context

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        forward = inputs.forward
        on_pi = params.on == "pi"
        log_v = forward.log_pi if on_pi else forward.log_responsibilities
        value = (1 - params.alpha) * jnp.where(inputs.active, log_v, 0).sum(axis=-1)
        return jnp.broadcast_to(value, inputs.x.shape[:1])

    return term
