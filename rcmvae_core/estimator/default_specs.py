"""Builds the specs of an estimator without a `spec`: one for features, one for images."""

from __future__ import annotations

from typing import Any

_LAST_EPOCH_ONLY = 1_000_000


def features(classes: int) -> dict[str, Any]:
    """Build a spec with dense nets, a Gaussian likelihood, and channels that are invariant to noise."""
    return _spec(
        classes,
        encoder={"dense": {"hidden": [128, 128]}},
        backbone={"dense": {"hidden": [128]}},
        head={"gaussian": {"mode": "learned", "sigma_min": 0.02}},
        augmentation={"noise": {"std": 0.1}},
    )


def images(classes: int) -> dict[str, Any]:
    """Build a spec with dense nets, a Bernoulli likelihood, and channels that are invariant to small shifts, rotations and zooms."""
    return _spec(
        classes,
        encoder={"dense": {"hidden": [256, 256]}},
        backbone={"dense": {"hidden": [256, 256]}},
        head={"bernoulli": {}},
        augmentation={"image": {}},
    )


def _spec(classes: int, **parts: Any) -> dict[str, Any]:
    """Build a spec that adds information and consistency terms to the ELBO, as described in `docs/model.md`."""
    slow = {"linear": {"start": 0.02, "end": 1.0, "over": 300}}
    return {
        "name": "estimator",
        "latent": {"channels": max(2, classes), "dim": 4},
        "encoder": parts["encoder"],
        "prior": {"mixture": {}},
        "routing": {"soft": {"top_m": 2}},
        "conditioner": {"film": {}},
        "backbone": parts["backbone"],
        "head": parts["head"],
        "loss": {
            "reconstruction": {"weight": slow, "reconstruction": {}},
            "kl_z": {"weight": slow, "kl_latent": {}},
            "kl_c": {"kl_channel": {}},
            "choose": {"weight": 10.0, "responsibility_entropy": {}},
            "spread": {"weight": -50.0, "usage_entropy": {}},
            "agree": {
                "weight": 50.0,
                "channel_consistency": {"augmentation": parts["augmentation"]},
            },
            "labels": {"weight": 100.0, "supervised": {}},
        },
        "classifier": {"tau": {"alpha": 0.01}},
        "train": {
            "epochs": 30,
            "batch_size": 128,
            "evaluate_every": _LAST_EPOCH_ONLY,
            "optimizer": {"adam": {"learning_rate": 1e-3}},
        },
    }
