"""The entropy of the responsibilities."""

from __future__ import annotations

from jaxtyping import Array, Float

from rcmvae_core.params import NoParams
from rcmvae_core.protocols import Context, LossInputs, LossTerm
from rcmvae_plugins.losses.categorical import entropy


def responsibility_entropy(params: NoParams, context: Context) -> LossTerm:
    """H(q(c|x)) = -Σ_c q(c|x) log q(c|x): low when each input chooses one channel.

    At a weight λ, and `usage_entropy` at -λ, the two are -λ times the mutual information
    I(x; c) = H(p) - E_x H(q(c|x)), which makes channels clusters.

    Args:
        params: none.
        context: unused.

    Returns:
        A LossTerm [B], in nats; a locked channel gets no gradient.

    Source: R. Gomes, A. Krause, P. Perona, "Discriminative Clustering by Regularized Information
    Maximization", NeurIPS 2010; W. Hu et al., "Learning Discrete Representations via Information Maximizing
    Self-Augmented Training", ICML 2017.
    """
    del params, context

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        return entropy(inputs.forward.responsibilities, inputs.forward.log_responsibilities)

    return term
