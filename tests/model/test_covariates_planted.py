"""Four clusters in three batches that lie further apart: with the batch as a covariate channels are the clusters."""

from __future__ import annotations

from tests.support.planted_batches import agreement, plant


def test_channels_are_clusters_and_not_batches() -> None:
    of_clusters, of_batches = agreement(plant(), covariates=True)
    assert of_clusters > 0.8
    assert of_batches < 0.1


def test_without_covariates_batches_win() -> None:
    of_clusters, of_batches = agreement(plant(), covariates=False)
    assert of_batches > max(of_clusters, 0.3)
