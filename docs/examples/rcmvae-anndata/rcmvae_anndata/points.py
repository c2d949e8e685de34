"""Place cells where distances mean something for all channels."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from rcmvae_core import fit_neighbours


def points(
    responsibilities: Float[np.ndarray, "N K"], latents: Float[np.ndarray, "N D"], *, shared: bool
) -> Float[np.ndarray, "N P"]:
    """Compute the point of each cell, of which Euclidean distances are those of `fit_neighbours` of RCM-VAE.

    Each channel has a latent space of its own, so that the latents of two channels cannot be compared. A point is

        f(x) = [√(q(1|x) / 2), …, √(q(K|x) / 2); 0, …, (z - μ_c) / √(2 D v_c), …, 0],

    with z the latent mean of the most probable channel c, in the block of this channel, and μ_c and v_c the mean and the
    variance of the latents of the channel's cells. In the layout `shared` there is one block.

    Args:
        responsibilities: q(c|x).
        latents: z.
        shared: whether all channels share one latent space.

    Returns:
        [N, K + K D], or [N, K + D] where the space is shared; float32.

    Example:
        >>> points(np.array([[1.0, 0.0], [0.0, 1.0]]), np.ones((2, 1)), shared=False).round(2).tolist()
        [[0.71, 0.0, 0.0, 0.0], [0.0, 0.71, 0.0, 0.0]]
    """
    fitted = fit_neighbours(responsibilities, latents, shared=shared)
    count, channels = responsibilities.shape
    spaces, dim = fitted.means.shape
    space = np.zeros(count, np.int64) if spaces == 1 else responsibilities.argmax(axis=1)
    placed = np.zeros((count, channels + spaces * dim), np.float32)
    placed[:, :channels] = np.sqrt(np.maximum(responsibilities, 0) / 2)
    columns = channels + space[:, None] * dim + np.arange(dim)
    places = (latents - fitted.means[space]) * fitted.scales[space][:, None]
    placed[np.arange(count)[:, None], columns] = places
    return placed
