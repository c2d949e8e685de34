"""The reconstruction term."""

from __future__ import annotations

from jaxtyping import Array, Float

from rcmvae_core.protocols import Context, LossInputs, LossTerm
from rcmvae_plugins.losses.elbo_params import ReconstructionParams


def reconstruction(params: ReconstructionParams, context: Context) -> LossTerm:
    """`expected`: Σ_m s_m · (-log p(x|z_m, m)); `blended`: -log p(x | Σ_m s_m · reconstruction_m).

    By Jensen's inequality the blended value is the smaller one for both built-in heads at equal sigma; it is
    not a term of an ELBO.

    Args:
        params: which of the two.
        context: unused.

    Returns:
        A LossTerm [B], in nats.
    """
    del context

    def expected(inputs: LossInputs) -> Float[Array, " B"]:
        return (inputs.forward.selection.weights * inputs.forward.nll).sum(axis=-1)

    def blended(inputs: LossInputs) -> Float[Array, " B"]:
        return inputs.forward.blended_nll

    return expected if params.mode == "expected" else blended
