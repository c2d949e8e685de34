"""Defines the inputs of figures: the arrays of a trained model on held-out data, and the history of its run."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

_NO_ROWS = np.zeros((0, 0), np.float32)
_EMPTY = np.zeros(0, np.float32)


class ReportArrays(NamedTuple):
    """Arrays over N held-out inputs; images for the first n of them, and S samples of each channel.

    A figure that provides `figure.predictions` reads the first three only; for it, the others may be empty.

    Args:
        labels: true class of each input; -1 if it is unknown.
        probabilities: p(y|x); no columns if the run has no classifier.
        class_names: the name of each class.
        inputs: the first n inputs, in [0, 1].
        reconstructions: E[x] of the first n inputs, over the decoded channels.
        samples: E[x|z, c] for z from the prior of each channel.
        responsibilities: q(c|x).
        latents: posterior mean of the latent of the most probable channel.
        negative_log_likelihood: -log p(x|z, c) over the decoded channels, in nats.
        kl_latent: KL(q(z|x) || p(z|c)) under q(c|x), in nats.
        tau: τ, the map from channels to classes; no columns if the run has no classifier.
        log_pi: log p(c).
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


class ReportData(NamedTuple):
    """The inputs of a figure.

    Args:
        arrays: the arrays of the run's first seed.
        history: the rows of `metrics.jsonl`, each with `seed`, `epoch`, `step` and named values such as
            `train/total`, `train/<label>`, `validation/accuracy`.
        summary: the content of `summary.json`.
    """

    arrays: ReportArrays
    history: tuple[dict[str, float], ...]
    summary: dict[str, object]
