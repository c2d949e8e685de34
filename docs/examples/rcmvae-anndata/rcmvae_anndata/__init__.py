"""Declare the data set that reads AnnData files."""

from collections.abc import Iterator
from importlib.resources import files

from rcmvae_core import Plugin, hookimpl


@hookimpl
def rcmvae_plugins() -> Iterator[Plugin]:
    """Declare data `anndata`."""
    yield Plugin(
        "data",
        "anndata",
        summary="Cells of an AnnData file (.h5ad): X or a layer, with labels of a column of obs.",
        params="rcmvae_anndata.params:AnnDataParams",
        impl="rcmvae_anndata.data:read_h5ad",
        provides=("data.features", "data.path"),
    )


@hookimpl
def rcmvae_pages() -> dict[str, str]:
    """Return the page of each code of this package."""
    pages = files("rcmvae_anndata") / "pages"
    return {code: (pages / f"{code}.md").read_text(encoding="utf-8") for code in ("W-ANNDATA-1",)}
