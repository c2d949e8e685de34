"""Define parameters; this module imports nothing heavy, since every command imports it."""

from __future__ import annotations

from typing import ClassVar

import attrs
from rcmvae_core import Capabilities, param


@attrs.frozen
class AnnDataParams:
    """Parameters of data `anndata`."""

    suffixes: ClassVar[tuple[str, ...]] = (".h5ad",)

    path: str = param(doc="The .h5ad file, relative to the working directory.", path=True)
    layer: str | None = param(None, doc="Name of a layer to read; if absent, X.")
    raw: bool = param(False, doc="Read `raw.X`, where counts often are, with the genes of `raw.var`.")
    label: str | None = param(None, doc="Column of obs with the labels; without labels if absent.")
    unlabelled: tuple[str, ...] | None = param(
        None, doc="Labels that mean that there is none; if absent, -1, NaN, None, empty texts, NA and ?."
    )
    genes: str | None = param(
        None,
        doc="Column of var with booleans, such as `highly_variable`, that selects genes; if absent, all of them.",
    )
    split: str | None = param(
        None, doc="Column of obs with `train` or `test`; cells where it is missing are not used."
    )
    test_fraction: float | None = param(
        None,
        doc="Fraction of each class to hold out for testing; 0.2 if absent, unless `split` says which cells test.",
        ge=0.01,
        le=0.9,
    )
    test_seed: int = param(0, doc="Seed of the draw of the test set.", ge=0, lt=2**32)

    def __attrs_post_init__(self) -> None:
        if self.raw and self.layer is not None:
            raise ValueError("`raw = true` excludes `layer`: raw has no layers")
        if self.split is not None and self.test_fraction is not None:
            raise ValueError("`test_fraction` must be absent if `split` says which cells test")
        if self.split is not None and self.split == self.label:
            raise ValueError(f"column `{self.split}` is both `label` and `split`")

    def capabilities(self) -> Capabilities:
        """Return whether the data set has labels."""
        return Capabilities(provides=("data.labels",) if self.label is not None else ())
