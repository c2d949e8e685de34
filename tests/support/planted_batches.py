"""Rows of clusters in batches that lie further apart, for a test and for the figures of the documentation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from sklearn.metrics import adjusted_rand_score

from rcmvae_core.experiment.fit import fit
from rcmvae_core.plugin.protocols import Dataset, Table

ROWS, F = 1500, 12
SPEC = """
rcmvae = ">=0.1"
name = "planted"
[data]
scale = "minmax"
labels = 0
[data.arrays]
[latent]
channels = 4
dim = 1
[encoder.dense]
hidden = [64]
[prior.mixture]
[routing.soft]
[conditioner.film]
[backbone.dense]
hidden = [32]
[head.gaussian]
mode = "learned"
sigma_min = 0.02
[loss.reconstruction.reconstruction]
[loss.kl_z.kl_latent]
[loss.kl_c.kl_channel]
[train]
epochs = 200
batch_size = 100
evaluate_every = 50
[train.optimizer.adam]
learning_rate = 0.005
"""


class Planted(NamedTuple):
    """Columns of numbers, and the cluster and the batch of each row."""

    columns: dict[str, np.ndarray]
    clusters: np.ndarray
    batches: np.ndarray


def plant(effect: str = "shift") -> Planted:
    """Four clusters 6 standard deviations apart, and batches 12 apart, which also stretch, bend or are confounded."""
    rng = np.random.default_rng(0)
    clusters, batches = rng.integers(0, 4, ROWS), rng.integers(0, 3, ROWS)
    if effect == "confounded":  # two batches: 70 % of a batch are two of the clusters, 30 % the others
        batches = rng.integers(0, 2, ROWS)
        clusters = np.where(rng.random(ROWS) < 0.7, 2 * batches, 2 - 2 * batches) + rng.integers(0, 2, ROWS)
    centers, shifts = (
        np.linalg.qr(rng.normal(size=(F, F)))[0][:n] * d / np.sqrt(2) for n, d in ((4, 6), (3, 12))
    )
    values = centers[clusters] + rng.normal(size=(ROWS, F))
    if effect == "stretch":
        values *= np.exp(0.5 * rng.normal(size=(3, F)))[batches]
    if effect == "bend":
        values[batches == 2] = np.sinh(values[batches == 2] / 2)
    values += shifts[batches]
    return Planted({f"f{i}": values[:, i] for i in range(F)}, clusters, batches)


def agreement(planted: Planted, *, covariates: bool) -> tuple[float, float]:
    """Train without labels; the adjusted Rand index of channels with clusters, and with batches."""
    columns, clusters, batches = planted
    if covariates:
        columns = columns | {"batch": np.array(["A", "B", "C"], object)[batches]}
    rows = np.arange(ROWS)
    dataset = Dataset(Table(columns), clusters, rows[:-150], rows[-150:], ("w", "x", "y", "z"), 1.0)
    model = fit(SPEC, dataset, settings=['data.covariates=["batch"]'] if covariates else [])
    channels = model.embed(columns).responsibilities.argmax(axis=1)
    return adjusted_rand_score(clusters, channels), adjusted_rand_score(batches, channels)
