"""Defines why a figure has nothing to show, for reasons that several figures share."""

from __future__ import annotations

from rcmvae_core.plugin.protocols import NotApplicable

NO_CLASSIFIER = NotApplicable("the run has no classifier")
NO_LABELS = NotApplicable("no held-out input has a known label")
NO_PREDICTIONS = NotApplicable("no held-out input has both a known label and a prediction")
NO_RESPONSIBILITIES = NotApplicable("no held-out input has finite responsibilities")
NO_SNAPSHOTS = NotApplicable("the run has fewer than two snapshots, which `train.diagnostics_every` asks for")
ONE_CHANNEL = NotApplicable("the model has one channel")
