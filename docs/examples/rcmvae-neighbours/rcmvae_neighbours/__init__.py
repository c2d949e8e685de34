"""Inputs that are alike choose like channels: what this package declares."""

from collections.abc import Iterator

from rcmvae_core import Kind, Plugin, hookimpl


@hookimpl
def rcmvae_kinds() -> Iterator[Kind]:
    """A kind of its own, so that other packages can add affinities to it."""
    yield Kind(
        "affinity",
        "How alike two inputs are.",
        table="affinity",
        slot="optional",
        tokens={"affinity.some": "there is a measure of how alike inputs are"},
        protocol="rcmvae_neighbours.affinities:Affinity",
    )


@hookimpl
def rcmvae_plugins() -> Iterator[Plugin]:
    """Two affinities, the loss that reads them, and a conditioner."""
    yield Plugin(
        "affinity",
        "gaussian",
        summary="Near inputs are alike: a Gaussian of their distance.",
        params="rcmvae_neighbours.params:GaussianParams",
        impl="rcmvae_neighbours.affinities:gaussian",
        provides=("affinity.some",),
    )
    yield Plugin(
        "affinity",
        "cosine",
        summary="Inputs of one direction are alike, whatever their brightness.",
        impl="rcmvae_neighbours.affinities:cosine",
        provides=("affinity.some",),
    )
    yield Plugin(
        "loss",
        "neighbours",
        summary="How far q(c|x) lies from that of inputs that are alike.",
        params="rcmvae_neighbours.params:NeighboursParams",
        impl="rcmvae_neighbours.neighbours:neighbours",
        requires=("latent.channels", "affinity.some"),
    )
    yield Plugin(
        "conditioner",
        "low_rank",
        summary="A few directions that all channels share, each scaled by the channel's embedding.",
        params="rcmvae_neighbours.params:LowRankParams",
        impl="rcmvae_neighbours.low_rank:low_rank",
        provides=("decoder.channels",),
        requires=("latent.channels",),
    )
