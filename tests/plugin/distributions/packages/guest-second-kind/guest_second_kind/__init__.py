"""A kind that exists already, beside a good part."""

from rcmvae_core import Kind, Plugin, hookimpl


@hookimpl
def rcmvae_kinds():
    """One that the core has."""
    yield Kind("prior", "Again.", table="prior", slot="optional")


@hookimpl
def rcmvae_plugins():
    """One part."""
    yield Plugin("conditioner", "second", summary="Good.", impl="rcmvae_plugins.conditioners.none:none")
