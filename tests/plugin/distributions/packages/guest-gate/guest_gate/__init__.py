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


@hookimpl
def rcmvae_pages():
    """The page of a code of its own."""
    return {"E-GUEST-GATE-1": "# E-GUEST-GATE-1: the gate is stuck\n\nOpen it.\n"}
