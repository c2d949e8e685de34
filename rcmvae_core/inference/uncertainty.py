"""How sure a prediction is, in nats, and what its doubt comes from.

For one model H(y|x) = Σ_c q(c|x) H(τ_c) + I(c; y|x): the first is left even if the channel were known. For members m of
an ensemble H(mean_m p_m) = mean_m H(p_m) + I(m; y|x): the second is what they disagree about.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def entropy(probabilities: Float[np.ndarray, "*N Y"]) -> Float[np.ndarray, "*N"]:
    """H(p) = -Σ_y p log p, with 0 log 0 = 0.

    Example:
        >>> entropy(np.array([[0.5, 0.5], [0.9, 0.1]])).round(4).tolist()
        [0.6931, 0.3251]
    """
    p = np.asarray(probabilities, np.float64)
    return -np.sum(p * np.log(np.where(p > 0, p, 1.0)), axis=-1)


def expected_entropy(
    responsibilities: Float[np.ndarray, "N K"], tau: Float[np.ndarray, "K Y"]
) -> Float[np.ndarray, " N"]:
    """Σ_c q(c|x) H(τ_c): the doubt that stays when the channel is known."""
    return np.asarray(responsibilities, np.float64) @ entropy(tau)


def mutual_information(members: Float[np.ndarray, "M N Y"]) -> Float[np.ndarray, " N"]:
    """I(m; y|x) = H(mean_m p_m) - mean_m H(p_m): what the members of an ensemble disagree about; 0 for one.

    Args:
        members: p(y|x) of each member.
    """
    members = np.asarray(members, np.float64)
    difference = entropy(members.mean(axis=0)) - entropy(members).mean(axis=0)
    return np.maximum(difference, 0.0)  # of equal members the rounding may leave less
