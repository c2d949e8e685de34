"""A distribution that requires a version of rcmvae which is not installed."""

from rcmvae_core import Plugin, hookimpl


@hookimpl
def rcmvae_plugins():
    """One part."""
    yield Plugin("conditioner", "newer", summary="Newer.", impl="rcmvae_plugins.conditioners.none:none")
