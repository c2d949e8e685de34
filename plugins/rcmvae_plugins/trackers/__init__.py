"""Trackers: services that follow runs and show many of them side by side."""

from rcmvae_core.declarations import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "tracker",
        "mlflow",
        summary="MLflow: a run for the whole, and one nested in it for each seed.",
        params="rcmvae_plugins.trackers.params:MlflowParams",
        impl="rcmvae_plugins.trackers.mlflow:mlflow",
    ),
    Plugin(
        "tracker",
        "wandb",
        summary="Weights & Biases: a group for the whole, and a run in it for each seed.",
        params="rcmvae_plugins.trackers.params:WandbParams",
        impl="rcmvae_plugins.trackers.wandb:wandb",
    ),
)
