"""Computes the entropy of predictions, and splits it into aleatoric and epistemic uncertainty, in nats.

For one model H(y|x) = Σ_c q(c|x) H(τ_c) + I(c; y|x): the first term remains even if the channel is known. For members
m of an ensemble H(mean_m p_m) = mean_m H(p_m) + I(m; y|x): the second term is the members' disagreement.
Source: Depeweg et al. 2018, "Decomposition of Uncertainty in Bayesian Deep Learning", arXiv:1710.07283.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def entropy(probabilities: Float[np.ndarray, "*N Y"]) -> Float[np.ndarray, "*N"]:
    """Compute H(p) = -Σ_y p log p of each row, in nats, with 0 log 0 = 0.

    Args:
        probabilities: distributions along the last axis.

    Returns:
        One entropy per distribution, float64; 0 without columns.

    Example:
        >>> entropy(np.array([[0.5, 0.5], [0.9, 0.1]])).round(4).tolist()
        [0.6931, 0.3251]
    """
    p = np.asarray(probabilities, np.float64)
    # log 1 stands in for log 0: the term is 0 either way, and no warning is raised.
    return -np.sum(p * np.log(np.where(p > 0, p, 1.0)), axis=-1)


def expected_entropy(
    responsibilities: Float[np.ndarray, "N K"], tau: Float[np.ndarray, "K Y"]
) -> Float[np.ndarray, " N"]:
    """Compute Σ_c q(c|x) H(τ_c), the uncertainty that remains when the channel is known (aleatoric).

    Returns:
        The expected entropy of each input, in nats.

    Example:
        >>> expected_entropy(np.array([[0.5, 0.5]]), np.array([[1.0, 0.0], [0.5, 0.5]])).round(4).tolist()
        [0.3466]
    """
    return np.asarray(responsibilities, np.float64) @ entropy(tau)


def mutual_information(members: Float[np.ndarray, "M N Y"]) -> Float[np.ndarray, " N"]:
    """Compute I(m; y|x) = H(mean_m p_m) - mean_m H(p_m), the members' disagreement (epistemic); 0 for one member.

    Args:
        members: p(y|x) of each member of the ensemble.

    Returns:
        One value per input, in nats, at least 0.
    """
    members = np.asarray(members, np.float64)
    difference = entropy(members.mean(axis=0)) - entropy(members).mean(axis=0)
    return np.maximum(difference, 0.0)  # for equal members, rounding can give a small negative number
