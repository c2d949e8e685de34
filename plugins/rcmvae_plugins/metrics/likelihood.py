"""Computes how well held-out inputs are modelled: bounds of -log p(x), errors, and what the latents hold."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import NotApplicable, ReportData
from rcmvae_plugins.metrics._inputs import channel_weights
from rcmvae_plugins.metrics.params import ActiveUnitsParams

_NO_INPUTS = NotApplicable("there are no held-out inputs")


def nll(params: NoParams, data: ReportData) -> float | NotApplicable:
    """Compute the negative ELBO, an upper bound of -log p(x): the mean over inputs of reconstruction and both KLs.

    E_q[-log p(x|z, c)] + KL(q(z|x) || p(z|c)) + KL(q(c|x) || p(c)), in nats.
    """
    del params
    arrays = data.arrays
    terms = (arrays.negative_log_likelihood, arrays.kl_latent, arrays.kl_channel)
    if not all(term.size for term in terms):
        return _NO_INPUTS
    return float(sum(term.mean(dtype=np.float64) for term in terms))


def importance_weighted_nll(params: NoParams, data: ReportData) -> float | NotApplicable:
    """Compute -log (1/I) Σ_i w_i with w_i = p(x, z_i, c_i) / q(z_i, c_i|x), averaged over inputs, in nats.

    It is an upper bound of -log p(x), the tighter the more samples I. It is computed for the first W of the inputs with
    arrays by channel, the rows of `log_weights` [W I], and `nll` for all held-out inputs.

    Source: Burda, Grosse and Salakhutdinov 2016, "Importance Weighted Autoencoders", arXiv:1509.00519.
    """
    del params
    log_weights = data.arrays.log_weights.astype(np.float64)
    if not log_weights.size:
        return NotApplicable("the prior has no density of a latent, p(z|c)")
    samples = log_weights.shape[1]
    # Weights differ by hundreds of nats: their logarithms are added, not the weights.
    return float(np.log(samples) - np.logaddexp.reduce(log_weights, axis=1).mean())


def mse(params: NoParams, data: ReportData) -> float | NotApplicable:
    """Compute the mean of (x - E[x])² over the values of all held-out inputs, which are scaled as in training."""
    del params
    arrays = data.arrays
    values = int(np.prod(arrays.inputs.shape[1:]))
    if not arrays.squared_error.size or not values:
        return _NO_INPUTS
    return float(arrays.squared_error.mean(dtype=np.float64) / values)


def kl_by_channel(params: NoParams, data: ReportData) -> float | Mapping[str, float] | NotApplicable:
    """Compute KL(q(z|x) || p(z|c)) of each channel: the mean over inputs, weighted by q(c|x), in nats.

    It is one number if all channels share a latent. A channel that is responsible for no input has none.
    """
    del params
    divergences = data.arrays.channel_kl.astype(np.float64)
    if not divergences.size:
        return NotApplicable("there is no KL by channel")
    weights = channel_weights(data.arrays, divergences.shape[1])
    totals = weights.sum(axis=0)
    means = np.sum(weights * divergences, axis=0) / np.where(totals > 0, totals, 1.0)
    if len(means) == 1:
        return float(means[0])
    return {str(channel): float(means[channel]) for channel in np.flatnonzero(totals > 0).tolist()}


def active_units(params: ActiveUnitsParams, data: ReportData) -> float | NotApplicable:
    """Count the coordinates of latents whose posterior mean varies: Var_x(E_q(z|x)[z]) above a threshold.

    Where each channel has a latent, the variance is over the inputs weighted by q(c|x), and the coordinates of channels
    that are hardly used do not count.

    Source: Burda, Grosse and Salakhutdinov 2016, "Importance Weighted Autoencoders", arXiv:1509.00519.
    """
    means = data.arrays.channel_means.astype(np.float64)
    if not means.size:
        return NotApplicable("there are no latents by channel")
    weights = channel_weights(data.arrays, means.shape[1])
    used = weights.mean(axis=0) >= max(params.usage, np.finfo(np.float64).tiny)
    means, weights = means[:, used], weights[:, used, None]
    totals = weights.sum(axis=0)
    centered = means - np.sum(weights * means, axis=0) / totals
    variances = np.sum(weights * centered**2, axis=0) / totals
    return float(np.sum(variances > params.least))
