"""The durable label store: who said what about which item, in order, and never overwritten."""

from __future__ import annotations

from rcmvae_core.labels.records import Class, Event, Identity, Provenance, Receipt, Snapshot
from rcmvae_core.labels.store import LabelStore

__all__ = ["Class", "Event", "Identity", "LabelStore", "Provenance", "Receipt", "Snapshot"]
