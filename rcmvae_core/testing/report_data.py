"""Make random results of a run, for the checks of figures and metrics."""

from __future__ import annotations

import numpy as np

from rcmvae_core.plugin.protocols.figure import ReportData
from rcmvae_core.plugin.protocols.report_arrays import ReportArrays, Snapshot

_SHAPE = (6, 5, 1)
_PICTURES, _SAMPLES, _STEPS, _EMBEDDING, _HELD_OUT = 4, 3, 5, 4, 7
_SCORES = ("likelihood", "latent")


def report_data(*, count: int = 30, channels: int = 3, dim: int = 2, classes: int = 4) -> ReportData:
    """Return random data of a run that has everything: labels, σ, scores, arrays by channel and snapshots.

    Args:
        count: number of held-out inputs.
        channels: number of channels.
        dim: size of a latent.
        classes: number of classes; 0 for a run without a classifier.
    """
    rng = np.random.default_rng(0)
    arrays = {
        **_of_inputs(rng, count, channels, dim, classes=classes),
        **_of_channels(rng, (count + 1) // 2, channels, dim, classes=classes),
        **_pictures(rng, min(_PICTURES, count), channels, dim, classes=classes),
    }
    report_arrays = ReportArrays(
        labels=rng.integers(0, max(1, classes), count) - (0 if classes else 1),
        class_names=tuple(f"class {n}" for n in range(classes)),
        score_names=_SCORES,
        shown=np.arange(min(_PICTURES, count)),
        members=np.arange(0, count, 2),
        decoded_channels=np.arange(channels),
        active=np.ones(channels, bool),
        **{name: array.astype(np.float32) for name, array in arrays.items()},
    )
    snapshots = tuple(_snapshot(rng, epoch, report_arrays) for epoch in (1, 3))
    return ReportData(report_arrays, _history(channels), {}, 0, snapshots)


def _of_inputs(
    rng: np.random.Generator, count: int, channels: int, dim: int, *, classes: int
) -> dict[str, np.ndarray]:
    """Return the arrays over all held-out inputs, and those of the whole model.

    Args:
        rng: of the numbers.
        count: number of inputs.
        channels: number of channels.
        dim: size of a latent.
        classes: number of classes.
    """
    return {
        "probabilities": _shares(rng, count, classes),
        "responsibilities": _shares(rng, count, channels),
        "latents": rng.normal(size=(count, dim)),
        "negative_log_likelihood": rng.gamma(9.0, 2.0, count),
        "kl_latent": rng.gamma(2.0, 1.0, count),
        "kl_channel": rng.gamma(1.0, 1.0, count),
        "sigma": rng.uniform(0.05, 0.5, count),
        "squared_error": rng.gamma(4.0, 1.0, count),
        "at_bound": rng.random(count),
        "scores": rng.normal(size=(count, len(_SCORES))),
        "score_thresholds": np.ones(len(_SCORES)),
        "held_out_scores": rng.normal(1.0, 1.0, (_HELD_OUT, len(_SCORES))),
        "tau": _shares(rng, channels, classes),
        "log_pi": np.log(np.full(channels, 1 / channels)),
    }


def _of_channels(
    rng: np.random.Generator, count: int, channels: int, dim: int, *, classes: int
) -> dict[str, np.ndarray]:
    """Return the arrays by channel.

    Args:
        rng: of the numbers.
        count: number of inputs that have them.
        channels: number of channels.
        dim: size of a latent.
        classes: number of classes.
    """
    latents = (count, channels, dim)
    return {
        "selections": _shares(rng, count, channels),
        "noisy_selections": _shares(rng, count, channels),
        "channel_means": rng.normal(size=latents),
        "channel_log_vars": rng.normal(size=latents),
        "channel_samples": rng.normal(size=latents),
        "channel_kl": rng.gamma(2.0, 1.0, (count, channels)),
        "log_weights": rng.normal(-90.0, 3.0, (count, 6)),
        "evidence": rng.gamma(2.0, 1.0, (channels, classes)),
        "embeddings": rng.normal(size=(channels, _EMBEDDING)),
        "prior_means": rng.normal(size=(channels, dim)),
    }


def _pictures(
    rng: np.random.Generator, count: int, channels: int, dim: int, *, classes: int
) -> dict[str, np.ndarray]:
    """Return inputs, reconstructions and samples, in [0, 1].

    Args:
        rng: of the numbers.
        count: number of inputs.
        channels: number of channels.
        dim: size of a latent.
        classes: number of classes.
    """
    coordinates = (channels, min(dim, 2), _STEPS)
    sizes: dict[str, tuple[int, ...]] = {
        "inputs": (count,),
        "reconstructions": (count,),
        "samples": (channels, _SAMPLES),
        "selected_reconstructions": (count,),
        "alternative_reconstructions": (count if channels > 1 else 0,),
        "sigma_maps": (count,),
        "channel_reconstructions": (count, channels),
        "traversals": coordinates,
        "class_samples": (classes, _SAMPLES),
        "pseudo_inputs": (channels,),
        "decoded_pseudo_inputs": (channels,),
    }
    pictures = {name: rng.random((*size, *_SHAPE)) for name, size in sizes.items()}
    return pictures | {"traversal_values": np.broadcast_to(np.linspace(-2, 2, _STEPS), coordinates)}


def _shares(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    return rng.dirichlet(np.ones(columns), rows) if columns else np.zeros((rows, 0))


def _snapshot(rng: np.random.Generator, epoch: int, arrays: ReportArrays) -> Snapshot:
    """Return a snapshot of random latents.

    Args:
        rng: of the numbers.
        epoch: of the snapshot.
        arrays: at the end of the run.
    """
    count, dim = arrays.latents.shape
    channels = len(arrays.log_pi)
    return Snapshot(
        epoch,
        usage=_shares(rng, 1, channels)[0].astype(np.float32),
        log_pi=arrays.log_pi,
        active=np.arange(channels) < epoch,
        embeddings=arrays.embeddings,
        tau=arrays.tau,
        latents=rng.normal(size=(count, dim)).astype(np.float32),
        channels=rng.integers(0, channels, count),
        labels=arrays.labels,
    )


def _history(channels: int) -> tuple[dict[str, float], ...]:
    def row(epoch: int) -> dict[str, float]:
        return {
            "seed": 0.0,
            "epoch": float(epoch),
            "step": 5.0 * epoch,
            "train/total": 9.0 / epoch,
            "train/reconstruction": 8.0 / epoch,
            "validation/elbo": -9.0 / epoch,
            "curriculum/active_channels": float(min(channels, epoch)),
        }

    return tuple(row(epoch) for epoch in (1, 2, 3))
