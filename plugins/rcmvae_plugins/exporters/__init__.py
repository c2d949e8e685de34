"""Declares exporters, which write trained models in other formats."""

from rcmvae_core.plugin.declaration import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "exporter",
        "npz",
        summary="Writes the arrays as NumPy archives, one for each seed, and their description as JSON.",
        params="rcmvae_plugins.exporters.params:NpzParams",
        impl="rcmvae_plugins.exporters.npz:npz",
    ),
)
