"""Declares callbacks: what a run does when an evaluation says so."""

from rcmvae_core.plugin.declaration import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "callback",
        "plateau",
        summary="Changes the weight of a loss whenever a metric has stopped improving.",
        params="rcmvae_plugins.callbacks.params:PlateauParams",
        impl="rcmvae_plugins.callbacks.plateau:plateau",
        requires=("weights.changeable",),
    ),
    Plugin(
        "callback",
        "target",
        summary="Stops the training of a seed once a metric has reached a value.",
        params="rcmvae_plugins.callbacks.params:TargetParams",
        impl="rcmvae_plugins.callbacks.target:target",
    ),
)
