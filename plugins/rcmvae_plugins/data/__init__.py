"""Data sets."""

from rcmvae_core.declarations import Plugin

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "data",
        "digits",
        summary="1797 handwritten digits of 8x8 pixels, shipped with scikit-learn.",
        params="rcmvae_plugins.data.params:DigitsParams",
        impl="rcmvae_plugins.data.digits:digits",
        provides=("data.image", "data.labels"),
    ),
)
