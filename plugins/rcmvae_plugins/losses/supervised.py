"""The supervised term."""

from __future__ import annotations

from jax.scipy.special import logsumexp
from jaxtyping import Array, Float

from rcmvae_core.params import NoParams
from rcmvae_core.protocols import Context, LossInputs, LossTerm


def supervised(params: NoParams, context: Context) -> LossTerm:
    """-log p(y|x) = -log Σ_c q(c|x) τ[c, y], over the labelled batch.

    Args:
        params: none.
        context: unused.

    Returns:
        A LossTerm [L], in nats; it raises a ValueError when there is no labelled batch.
    """
    del params, context

    def term(inputs: LossInputs) -> Float[Array, " L"]:
        labelled = inputs.labelled
        if labelled is None:
            raise ValueError("the supervised loss needs a labelled batch, and this run has none")
        return -logsumexp(labelled.log_responsibilities, axis=-1, b=labelled.tau[:, labelled.labels].T)

    return term
