"""Reads the states of a model in the course of training."""

from __future__ import annotations

from rcmvae_core.plugin.protocols import ReportData, Snapshot


def snapshots_of(data: ReportData) -> list[Snapshot]:
    """Return the snapshots, earliest first; none if there are too few to show a change."""
    snapshots = sorted(data.snapshots, key=lambda snapshot: snapshot.epoch)
    return snapshots if len(snapshots) > 1 else []
