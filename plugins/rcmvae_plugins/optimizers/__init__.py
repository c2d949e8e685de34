"""Optimizers: optax gradient transformations."""

from rcmvae_core.declarations import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "optimizer",
        "adam",
        summary="Adam.",
        params="rcmvae_plugins.optimizers.params:AdamParams",
        impl="rcmvae_plugins.optimizers.adam:adam",
    ),
    Plugin(
        "optimizer",
        "adamw",
        summary="Adam with decoupled weight decay, of matrices only.",
        params="rcmvae_plugins.optimizers.params:AdamWParams",
        impl="rcmvae_plugins.optimizers.adamw:adamw",
    ),
)
