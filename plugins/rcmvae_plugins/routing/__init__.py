"""Routing: responsibilities to the channels that are decoded."""

from rcmvae_core.declarations import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "routing",
        "soft",
        summary="Weight channels by their responsibilities; all of them, or only the largest.",
        params="rcmvae_plugins.routing.params:SoftParams",
        impl="rcmvae_plugins.routing.soft:soft",
    ),
    Plugin(
        "routing",
        "gumbel",
        summary="Draw channels by the Gumbel-softmax relaxation, optionally one alone; without noise when evaluated.",
        params="rcmvae_plugins.routing.params:GumbelParams",
        impl="rcmvae_plugins.routing.gumbel:gumbel",
    ),
)
