"""The squared length of parameters."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from rcmvae_core.protocols import Context, LossInputs, LossTerm
from rcmvae_plugins.losses.params import L2Params


def l2(params: L2Params, context: Context) -> LossTerm:
    """½ Σ θ², over the arrays of the named parts.

    Its gradient goes through the optimizer: Adam divides it by the size of past gradients, so that parameters
    which the data push hard shrink less. Decay at one rate for all is the optimizer's: `adamw`.
    Embeddings of locked channels do not count.

    Args:
        params: the parts, and which of their arrays.
        context: unused.

    Returns:
        A LossTerm [B], the same for every example; it raises a ValueError for a part without such arrays.
    """
    del context
    fewest = 2 if params.arrays == "matrices" else 0

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        total = jnp.zeros(())
        for part in params.parts:
            arrays = [a for a in jax.tree.leaves(inputs.params[part]) if a.ndim >= fewest]
            if not arrays:
                raise ValueError(
                    f"l2 of part `{part}`, which has no {params.arrays} to learn; drop it from parts"
                )
            if part == "embeddings":
                arrays = [jnp.where(inputs.active[:, None], a, 0) for a in arrays]
            total += sum(jnp.vdot(a, a) for a in arrays) / 2
        return jnp.broadcast_to(total, inputs.x.shape[:1])

    return term
