"""Declares projections, which draw the inputs of a trained model in a plane."""

from __future__ import annotations

from rcmvae_core.plugin.declaration import Plugin

_FAMILY = "rcmvae_plugins.projections"

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "projection",
        "latent",
        summary="The latent's own coordinates, if it has one or two.",
        impl=f"{_FAMILY}.latent:latent",
    ),
    Plugin(
        "projection",
        "pca",
        summary="Principal components: the two directions with the largest variance.",
        params=f"{_FAMILY}.params:PcaParams",
        impl=f"{_FAMILY}.pca:pca",
        provides=("projection.free_axes",),
    ),
    Plugin(
        "projection",
        "umap",
        summary="UMAP: inputs that are close to each other stay close; distances between groups mean little.",
        params=f"{_FAMILY}.params:UmapParams",
        impl=f"{_FAMILY}.umap:umap",
        provides=("projection.free_axes",),
    ),
)
