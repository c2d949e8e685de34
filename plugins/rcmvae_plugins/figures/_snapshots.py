"""Reads the states of a model in the course of training."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from rcmvae_core.plugin.protocols.figure import ReportData
from rcmvae_core.plugin.protocols.report_arrays import Snapshot


def snapshots_of(data: ReportData) -> list[Snapshot]:
    """Return the snapshots, earliest first; none if there are too few to show a change."""
    snapshots = sorted(data.snapshots, key=lambda snapshot: snapshot.epoch)
    return snapshots if len(snapshots) > 1 else []


def first_components(
    latents: Float[np.ndarray, "n D"],
) -> tuple[Float[np.ndarray, " D"], Float[np.ndarray, "2 D"]]:
    """Return the mean of the finite rows, and their first two principal components, D ≥ 2."""
    values = latents[np.isfinite(latents).all(axis=1)].astype(float)
    if not len(values):
        return np.zeros(latents.shape[1]), np.eye(2, latents.shape[1])
    centre = values.mean(axis=0)
    # Padded with rows of zeros, one input has two components as well.
    padded = np.vstack([values - centre, np.zeros((2, latents.shape[1]))])
    directions = np.linalg.svd(padded, full_matrices=False)[2][:2]
    # The sign of a component is arbitrary; a rule for it makes figures the same on every machine.
    largest = np.abs(directions).argmax(axis=1)
    return centre, directions * np.sign(directions[np.arange(2), largest])[:, None]
