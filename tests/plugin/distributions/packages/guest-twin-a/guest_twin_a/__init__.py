"""One of two distributions that claim the same name."""

from rcmvae_core import Plugin, hookimpl


@hookimpl
def rcmvae_plugins():
    """The name."""
    yield Plugin("conditioner", "twin", summary="Twin A.", impl="rcmvae_plugins.conditioners.none:none")
