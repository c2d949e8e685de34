"""Computes how many channels are in use, how sure inputs are of theirs, and which classes they own."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import NotApplicable, ReportArrays, ReportData
from rcmvae_plugins.metrics._inputs import of_responsibilities
from rcmvae_plugins.metrics.params import ActiveChannelsParams, FreeChannelsParams, TauCoverageParams

_NO_TAU = NotApplicable("the run has no map from channels to classes")


def effective_channels(params: NoParams, data: ReportData) -> float | NotApplicable:
    """Compute K_eff = exp(H(p)), the number of equally used channels with the entropy of the usage p_c = E_x q(c|x)."""
    del params
    return of_responsibilities(data, _effective)


def _effective(responsibilities: Float[np.ndarray, "n K"]) -> float:
    usage = responsibilities.mean(axis=0)
    used = usage[usage > 0]
    return float(np.exp(-np.sum(used * np.log(used))))


def active_channels(params: ActiveChannelsParams, data: ReportData) -> float | NotApplicable:
    """Count the channels with a usage E_x q(c|x) of at least `least`."""
    return of_responsibilities(data, lambda q: float(np.sum(q.mean(axis=0) >= params.least)))


def responsibility_confidence(params: NoParams, data: ReportData) -> float | NotApplicable:
    """Compute the mean of max_c q(c|x): 1 if every input is of one channel."""
    del params
    return of_responsibilities(data, lambda q: float(q.max(axis=1).mean()))


def routing_hardness(params: NoParams, data: ReportData) -> Mapping[str, float] | NotApplicable:
    """Compute the mean of the largest weight with which a channel is decoded: 1 if one is decoded alone.

    `soft` is that of the routing without noise, `noisy` that of training, which differs for `gumbel`.
    """
    del params
    selections = {"soft": data.arrays.selections, "noisy": data.arrays.noisy_selections}
    values = {
        name: float(weights.max(axis=1).mean(dtype=np.float64))
        for name, weights in selections.items()
        if len(weights) and weights.shape[1] > 1
    }
    return values or NotApplicable("the routing selects among fewer than two channels")


def free_channels(params: FreeChannelsParams, data: ReportData) -> float | NotApplicable:
    """Count the unlocked channels that a new class could claim: hardly used, or without evidence for any class.

    A channel has evidence if it has seen enough labels of one class, in soft counts without smoothing. Usage is that of the
    held-out inputs; the classifier decides by the running mean of training.
    """
    arrays = data.arrays
    if not arrays.evidence.size:
        return NotApplicable("the run has no classifier that counts the labels of channels")
    idle = arrays.evidence.max(axis=1) < params.evidence
    return of_responsibilities(
        data, lambda q: float(np.sum(_unlocked(arrays) & (idle | (q.mean(axis=0) < params.usage))))
    )


def tau_sparsity(params: NoParams, data: ReportData) -> float | NotApplicable:
    """Compute 1 - H(τ_c) / log Y as the mean over the unlocked channels: 1 if each is of one class, 0 if of all alike."""
    del params
    tau = data.arrays.tau.astype(np.float64)
    if tau.shape[1] < 2:  # noqa: PLR2004 - one class has no entropy
        return _NO_TAU
    rows = tau[_unlocked(data.arrays)]
    entropies = -np.sum(rows * np.log(np.where(rows > 0, rows, 1.0)), axis=1)
    return float(1 - entropies.mean() / np.log(tau.shape[1]))


def tau_coverage(params: TauCoverageParams, data: ReportData) -> float | NotApplicable:
    """Compute the share of classes that some unlocked channel owns: those y with max_c τ[c, y] of at least `least`."""
    tau = data.arrays.tau
    if not tau.size:
        return _NO_TAU
    return float(np.mean(tau[_unlocked(data.arrays)].max(axis=0) >= params.least))


def _unlocked(arrays: ReportArrays) -> np.ndarray:
    """Return which channels are unlocked: all, where no curriculum locks any."""
    return arrays.active if arrays.active.any() else np.ones(len(arrays.tau), bool)
