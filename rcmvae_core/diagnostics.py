"""What a trained model says about held-out data: one bundle, written once, read by every figure."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int


class Diagnostics(NamedTuple):
    """Arrays over N held-out inputs; pictures for the first n of them, and S samples of each channel.

    Args:
        inputs: the first n inputs, in [0, 1].
        reconstructions: E[x] of those, over the decoded channels.
        samples: E[x|z, c] for z from the prior of each channel.
        labels: true class of each input, -1 where unknown.
        probabilities: p(y|x); no columns when the run has no classifier.
        responsibilities: q(c|x).
        latents: posterior mean of the most responsible channel's latent.
        negative_log_likelihood: -log p(x|z, c) over the decoded channels, in nats.
        kl_latent: KL(q(z|x) || p(z|c)) under q(c|x), in nats.
        tau: channel to label map; no columns when the run has no classifier.
        log_pi: log p(c).
        class_names: a name for each class.
    """

    inputs: Float[np.ndarray, "n *x"]
    reconstructions: Float[np.ndarray, "n *x"]
    samples: Float[np.ndarray, "K S *x"]
    labels: Int[np.ndarray, " N"]
    probabilities: Float[np.ndarray, "N Y"]
    responsibilities: Float[np.ndarray, "N K"]
    latents: Float[np.ndarray, "N D"]
    negative_log_likelihood: Float[np.ndarray, " N"]
    kl_latent: Float[np.ndarray, " N"]
    tau: Float[np.ndarray, "K Y"]
    log_pi: Float[np.ndarray, " K"]
    class_names: tuple[str, ...]


class ReportData(NamedTuple):
    """What a figure may read.

    Args:
        diagnostics: the bundle of the run's first seed.
        history: the rows of `metrics.jsonl`, each with `seed`, `epoch`, `step` and named values such as
            `train/total`, `train/<label>`, `validation/accuracy`.
        summary: the content of `summary.json`.
    """

    diagnostics: Diagnostics
    history: tuple[dict[str, float], ...]
    summary: dict[str, object]


def save(path: Path, diagnostics: Diagnostics) -> None:
    """Write the bundle as npz, without pickle."""
    names = np.array(diagnostics.class_names, dtype=np.str_)
    arrays: dict[str, Any] = diagnostics._asdict() | {"class_names": names}
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)


def load(path: Path) -> Diagnostics:
    """Read a bundle that `save` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        found = {name: arrays[name] for name in Diagnostics._fields}
    names = tuple(str(name) for name in found.pop("class_names"))
    return Diagnostics(**found, class_names=names)
