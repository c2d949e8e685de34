"""Declares trackers: services that record runs and compare them."""

from __future__ import annotations

from rcmvae_core.plugin.declaration import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "tracker",
        "mlflow",
        summary="MLflow: a parent run, with a nested run per seed.",
        params="rcmvae_plugins.trackers.params:MlflowParams",
        impl="rcmvae_plugins.trackers.mlflow:mlflow",
    ),
    Plugin(
        "tracker",
        "wandb",
        summary="Weights & Biases: a group, with a run per seed.",
        params="rcmvae_plugins.trackers.params:WandbParams",
        impl="rcmvae_plugins.trackers.wandb:wandb",
    ),
)
