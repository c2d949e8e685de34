"""A distribution written against version 1 of the plugin contract, and never edited since."""

from rcmvae_core import Diagnostic, Kind, Plugin, hookimpl


@hookimpl
def rcmvae_kinds():
    """A kind with a table of its own."""
    yield Kind(
        "anchor",
        "Points that the channels' latents are drawn to.",
        table="anchor",
        slot="optional",
        tokens={"anchor.points": "there is a point for each channel"},
        protocol="frozen_v1.anchor:Anchor",
    )


@hookimpl
def rcmvae_plugins():
    """A part of that kind, and parts of three kinds of the core."""
    yield Plugin(
        "anchor",
        "ring",
        summary="Points on a circle.",
        params="frozen_v1.params:RingParams",
        impl="frozen_v1.anchor:ring",
        provides=("anchor.points",),
        requires=("latent.channels",),
    )
    yield Plugin(
        "conditioner",
        "shift",
        summary="Add a linear map of the channel's embedding to each feature.",
        params="frozen_v1.params:ShiftParams",
        impl="frozen_v1.conditioner:shift",
        provides=("decoder.channels",),
        requires=("latent.channels",),
        renamed_from=("offset",),
    )
    yield Plugin(
        "loss",
        "anchored",
        summary="Squared distance of the latents from their channel's anchor.",
        params="frozen_v1.params:AnchoredParams",
        impl="frozen_v1.loss:anchored",
        requires=("anchor.points",),
    )
    yield Plugin(
        "schedule",
        "sawtooth",
        summary="From low to high, again and again.",
        params="frozen_v1.params:SawtoothParams",
        impl="frozen_v1.schedule:sawtooth",
    )


@hookimpl
def rcmvae_check(resolved):
    """A circle needs a plane."""
    anchor = resolved.maybe("anchor")
    if anchor is not None and anchor.name == "ring" and resolved.latent.dim != 2:
        message = f"anchor `ring` is a circle in a plane, and `latent.dim` is {resolved.latent.dim}"
        yield Diagnostic("E216", message, anchor.place, help=["write dim = 2 in [latent]"])
