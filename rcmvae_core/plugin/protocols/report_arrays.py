"""Defines the arrays of a trained model on held-out inputs, which figures and metrics read.

Axes: N held-out inputs; M of them, those of `members`, with arrays by channel; n of them, those of `shown`, with pictures
of the shape *x; K channels; k latents, one for each channel or one that all share; D sizes of a latent; Y classes;
s scores; C channels that are decoded for a look, those of `decoded_channels`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

_EMPTY = np.zeros(0, np.float32)
_NO_ROWS = np.zeros((0, 0), np.float32)
_NO_LATENTS = np.zeros((0, 0, 0), np.float32)
_NO_INDICES = np.zeros(0, np.int64)


class ReportArrays(NamedTuple):
    """Arrays over held-out inputs, of one seed.

    A figure that provides `figure.predictions` and a metric that provides `metric.predictions` read the first three
    only; for them, the others may be empty. Arrays of what a model does not have are empty.

    Args:
        labels: true class of each input; -1 if it is unknown.
        probabilities: p(y|x); no columns if the run has no classifier.
        class_names: the name of each class.
        inputs: the inputs of `shown`, in [0, 1].
        reconstructions: E[x] of the inputs of `shown`, over the decoded channels with their weights.
        samples: E[x|z, c] for z from the prior of each channel.
        responsibilities: q(c|x).
        latents: posterior mean of the latent of the most probable channel.
        negative_log_likelihood: -log p(x|z, c) over the decoded channels, in nats.
        kl_latent: KL(q(z|x) || p(z|c)) under q(c|x), in nats.
        tau: τ, the map from channels to classes; no columns if the run has no classifier.
        log_pi: log p(c).
        kl_channel: KL(q(c|x) || p(c)), in nats; 0 where `kl_latent` includes it.
        sigma: root mean variance of p(x|z, c) over the input; NaN where the likelihood has no σ.
        squared_error: Σ (x - E[x])² over the input.
        at_bound: the share of the input's standard deviations that lie on a bound.
        scores: out-of-distribution scores, in the order of `score_names`; higher is less like the training data.
        score_names: of the scores; the one that decides comes first.
        score_thresholds: of each score; an input above it is out-of-distribution.
        held_out_scores: scores of the inputs of classes that the run held out.
        shown: positions of the pictures among the N inputs: some that are spread evenly, then those with the extremes of
            likelihood, score and σ.
        selected_reconstructions: E[x|z, c] by the most probable channel.
        alternative_reconstructions: E[x|z, c] by the second most probable channel; empty with one channel.
        sigma_maps: σ of every value of the pictures; empty where the likelihood has no σ.
        decoded_channels: the most used channels, most used first.
        channel_reconstructions: E[x|z, c] of the first m pictures by each of `decoded_channels`.
        traversals: E[x|z, c] of each of `decoded_channels`, for each of the first A ≤ 2 coordinates of z at T values
            from `traversal_values`, the others at the channel's mean.
        traversal_values: coordinates of `traversals`.
        class_samples: E[x|z, c] for z from the prior, and c by π_c τ[c, y]; empty without a classifier.
        members: positions of the M inputs with arrays by channel.
        selections: weights of the channels that are decoded, without noise of the routing.
        noisy_selections: the same with the noise of the routing, as in training.
        channel_means: posterior mean of each latent.
        channel_log_vars: log variance of each latent.
        channel_samples: a sample of each latent.
        channel_kl: KL(q(z|x) || p(z|c)) by channel, or of the one latent that all share, in nats.
        log_weights: log p(x, z, c) - log q(z, c|x) of I samples of the first W of `members`; empty if the prior has no
            density p(z|c).
        evidence: the labels that each channel has seen, by class; empty without a classifier that counts them.
        embeddings: e_c of each channel.
        active: the unlocked channels.
        prior_means: the mean of p(z|c).
        pseudo_inputs: of a prior that has them, in [0, 1].
        decoded_pseudo_inputs: E[x|z, c] of each pseudo-input by its own channel at the prior's mean.
    """

    labels: Int[np.ndarray, " N"]
    probabilities: Float[np.ndarray, "N Y"]
    class_names: tuple[str, ...]
    inputs: Float[np.ndarray, "n *x"] = _NO_ROWS
    reconstructions: Float[np.ndarray, "n *x"] = _NO_ROWS
    samples: Float[np.ndarray, "K S *x"] = _NO_ROWS
    responsibilities: Float[np.ndarray, "N K"] = _NO_ROWS
    latents: Float[np.ndarray, "N D"] = _NO_ROWS
    negative_log_likelihood: Float[np.ndarray, " N"] = _EMPTY
    kl_latent: Float[np.ndarray, " N"] = _EMPTY
    tau: Float[np.ndarray, "K Y"] = _NO_ROWS
    log_pi: Float[np.ndarray, " K"] = _EMPTY
    kl_channel: Float[np.ndarray, " N"] = _EMPTY
    sigma: Float[np.ndarray, " N"] = _EMPTY
    squared_error: Float[np.ndarray, " N"] = _EMPTY
    at_bound: Float[np.ndarray, " N"] = _EMPTY
    scores: Float[np.ndarray, "N s"] = _NO_ROWS
    score_names: tuple[str, ...] = ()
    score_thresholds: Float[np.ndarray, " s"] = _EMPTY
    held_out_scores: Float[np.ndarray, "H s"] = _NO_ROWS
    shown: Int[np.ndarray, " n"] = _NO_INDICES
    selected_reconstructions: Float[np.ndarray, "n *x"] = _NO_ROWS
    alternative_reconstructions: Float[np.ndarray, "n2 *x"] = _NO_ROWS
    sigma_maps: Float[np.ndarray, "n3 *x"] = _NO_ROWS
    decoded_channels: Int[np.ndarray, " C"] = _NO_INDICES
    channel_reconstructions: Float[np.ndarray, "m C *x"] = _NO_ROWS
    traversals: Float[np.ndarray, "C A T *x"] = _NO_LATENTS
    traversal_values: Float[np.ndarray, "C A T"] = _NO_LATENTS
    class_samples: Float[np.ndarray, "Y S *x"] = _NO_ROWS
    members: Int[np.ndarray, " M"] = _NO_INDICES
    selections: Float[np.ndarray, "M K"] = _NO_ROWS
    noisy_selections: Float[np.ndarray, "M K"] = _NO_ROWS
    channel_means: Float[np.ndarray, "M k D"] = _NO_LATENTS
    channel_log_vars: Float[np.ndarray, "M k D"] = _NO_LATENTS
    channel_samples: Float[np.ndarray, "M k D"] = _NO_LATENTS
    channel_kl: Float[np.ndarray, "M j"] = _NO_ROWS
    log_weights: Float[np.ndarray, "W I"] = _NO_ROWS
    evidence: Float[np.ndarray, "K Y"] = _NO_ROWS
    embeddings: Float[np.ndarray, "K E"] = _NO_ROWS
    active: Bool[np.ndarray, " K"] = np.zeros(0, bool)
    prior_means: Float[np.ndarray, "K D"] = _NO_ROWS
    pseudo_inputs: Float[np.ndarray, "U *x"] = _NO_ROWS
    decoded_pseudo_inputs: Float[np.ndarray, "U *x"] = _NO_ROWS


class Snapshot(NamedTuple):
    """The state of a model after an epoch, on P validation inputs, as `train.diagnostics_every` asks for.

    Args:
        epoch: the number of finished epochs.
        usage: the mean of q(c|x).
        log_pi: log p(c).
        active: the unlocked channels.
        embeddings: e_c of each channel.
        tau: τ; no columns if the run has no classifier.
        latents: posterior mean of the latent of the most probable channel, of evenly spread inputs.
        channels: the most probable channel of these inputs.
        labels: the true class of these inputs; -1 if it is unknown.
    """

    epoch: int
    usage: Float[np.ndarray, " K"]
    log_pi: Float[np.ndarray, " K"]
    active: Bool[np.ndarray, " K"]
    embeddings: Float[np.ndarray, "K E"]
    tau: Float[np.ndarray, "K Y"]
    latents: Float[np.ndarray, "P D"]
    channels: Int[np.ndarray, " P"]
    labels: Int[np.ndarray, " P"]
