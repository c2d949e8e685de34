"""A file of simulated cells, and one in every form of matrix."""

from __future__ import annotations

from pathlib import Path

import anndata
import pytest

from rcmvae_anndata.simulated import simulate


@pytest.fixture(scope="session")
def cells(tmp_path_factory) -> Path:
    """A file of 90 simulated cells."""
    path = tmp_path_factory.mktemp("cells") / "cells.h5ad"
    simulate(path, cells=90)
    return path


@pytest.fixture
def written(cells, tmp_path):
    """Return a function that changes the AnnData of the file and writes it elsewhere."""

    def write(change) -> Path:
        data = anndata.read_h5ad(cells)
        data = change(data) or data
        data.write_h5ad(tmp_path / "changed.h5ad")
        return tmp_path / "changed.h5ad"

    return write
