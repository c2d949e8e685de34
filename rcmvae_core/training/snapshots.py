"""Takes snapshots of a model in the course of training, which figures of its development are drawn from."""

from __future__ import annotations

import jax
import numpy as np
from jaxtyping import Int

from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.model.model import Model
from rcmvae_core.plugin.protocols.report_arrays import Snapshot
from rcmvae_core.training.evaluation import EvalOutputs
from rcmvae_core.training.state import TrainState

_INPUTS = 500
"""Validation inputs of a snapshot, at most."""


def take_snapshot(
    model: Model, state: TrainState, outputs: EvalOutputs, labels: Int[np.ndarray, " N"], epoch: int
) -> Snapshot:
    """Return what a state is like after an epoch.

    Args:
        model: the model.
        state: after the epoch.
        outputs: its statistics of the validation inputs.
        labels: the true classes of these inputs, -1 where unknown.
        epoch: the number of finished epochs.

    Returns:
        The snapshot, on the host.
    """
    responsibilities, latents = np.asarray(outputs.responsibilities), np.asarray(outputs.latents)
    few = evenly_spaced(len(labels), _INPUTS)
    log_pi, tau = model.log_pi(state.prediction_params, state.carry.active), model.tau(state.carry)
    log_pi, tau, embeddings, active = jax.device_get(
        (log_pi, tau, state.prediction_params["embeddings"], state.carry.active)
    )
    return Snapshot(
        epoch=epoch,
        usage=responsibilities.mean(axis=0),
        log_pi=log_pi,
        active=active,
        embeddings=embeddings,
        tau=tau,
        latents=latents[few],
        channels=responsibilities[few].argmax(axis=1),
        labels=labels[few].astype(np.int64),
    )
