"""Declare plugins that give similar inputs similar channels."""

from collections.abc import Iterator

from rcmvae_core import Kind, Plugin, hookimpl


@hookimpl
def rcmvae_kinds() -> Iterator[Kind]:
    """Declare a new kind, so that other packages can add affinities."""
    yield Kind(
        "affinity",
        "Similarity of two inputs.",
        table="affinity",
        slot="optional",
        tokens={"affinity.some": "there is a similarity of inputs"},
        protocol="rcmvae_neighbours.affinities:Affinity",
    )


@hookimpl
def rcmvae_plugins() -> Iterator[Plugin]:
    """Declare two affinities, the loss that uses them, and a conditioner."""
    yield Plugin(
        "affinity",
        "gaussian",
        summary="Similarity by distance: a Gaussian.",
        params="rcmvae_neighbours.params:GaussianParams",
        impl="rcmvae_neighbours.affinities:gaussian",
        provides=("affinity.some",),
    )
    yield Plugin(
        "affinity",
        "cosine",
        summary="Similarity by direction, regardless of brightness.",
        impl="rcmvae_neighbours.affinities:cosine",
        provides=("affinity.some",),
    )
    yield Plugin(
        "loss",
        "neighbours",
        summary="Distance of q(c|x) from that of similar inputs.",
        params="rcmvae_neighbours.params:NeighboursParams",
        impl="rcmvae_neighbours.neighbours:neighbours",
        requires=("latent.channels", "affinity.some"),
    )
    yield Plugin(
        "conditioner",
        "low_rank",
        summary="A low-rank change of features, scaled by the channel's embedding.",
        params="rcmvae_neighbours.params:LowRankParams",
        impl="rcmvae_neighbours.low_rank:low_rank",
        provides=("decoder.channels",),
        requires=("latent.channels",),
    )
