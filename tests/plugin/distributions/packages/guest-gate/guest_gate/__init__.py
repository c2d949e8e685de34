"""A conditioner from another distribution."""

from rcmvae_core import Plugin, hookimpl


@hookimpl
def rcmvae_plugins():
    """One part."""
    yield Plugin(
        "conditioner",
        "gate",
        summary="Scale each feature by a sigmoid gate of the channel's embedding.",
        params="guest_gate.params:GateParams",
        impl="guest_gate.net:gate",
        provides=("decoder.channels",),
        requires=("latent.channels",),
    )
