"""Declares routing: maps from responsibilities to the decoded channels and their weights."""

from rcmvae_core.plugin.declaration import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "routing",
        "soft",
        summary="Weights channels by their responsibilities: all channels, or only the most probable ones.",
        params="rcmvae_plugins.routing.params:SoftParams",
        impl="rcmvae_plugins.routing.soft:soft",
    ),
    Plugin(
        "routing",
        "gumbel",
        summary="Samples channel weights from the Gumbel-softmax relaxation, optionally one-hot; uses no noise in evaluation.",
        params="rcmvae_plugins.routing.params:GumbelParams",
        impl="rcmvae_plugins.routing.gumbel:gumbel",
    ),
)
