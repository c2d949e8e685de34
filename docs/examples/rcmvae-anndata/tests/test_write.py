"""What a model says is written into a copy, which AnnData reads."""

from __future__ import annotations

from pathlib import Path

import anndata
import numpy as np
import pytest
from rcmvae_core import fit, fit_neighbours, load

from rcmvae_anndata.command import main
from rcmvae_anndata.points import points

SPEC = Path(__file__).parents[1] / "spec.toml"
SMALL = [
    "train.epochs=2", "encoder.dense.hidden=[8]", "backbone.dense.hidden=[8]", "figure={}", "data.labels_per_class=2", "train.batch_size=32"
]  # fmt: skip


@pytest.fixture(scope="module")
def run(cells, tmp_path_factory) -> Path:
    """A trained run."""
    out = tmp_path_factory.mktemp("runs") / "run"
    fit(SPEC, settings=[*SMALL, f'data.anndata.path="{cells}"'], out=out)
    return out


def test_the_copy_has_what_the_model_says(run, cells, tmp_path):
    """And everything that the file has."""
    assert main(["write", str(run), str(cells), str(tmp_path / "out.h5ad")]) == 0
    before, after = anndata.read_h5ad(cells), anndata.read_h5ad(tmp_path / "out.h5ad")
    model = load(run)
    inputs = before.layers["counts"].toarray()[:, before.var["highly_variable"].to_numpy()]
    predictions = model.predict(inputs)
    assert after.obs["rcmvae_label"].tolist() == predictions.names
    assert after.obs["rcmvae_channel"].astype(int).tolist() == predictions.channels.tolist()
    np.testing.assert_allclose(after.obs["rcmvae_p"], predictions.probabilities.max(axis=1), rtol=1e-6)
    expected = points(predictions.responsibilities, predictions.latents, shared=False)
    np.testing.assert_allclose(after.obsm["X_rcmvae"], expected, atol=1e-5)
    assert after.uns["rcmvae"]["spec"] == "cells"
    assert after.uns["rcmvae"]["classes"].tolist() == ["B cell", "T cell", "monocyte"]
    assert (after.X != before.X).nnz == (after.layers["counts"] != before.layers["counts"]).nnz == 0
    assert after.obs[[*before.obs]].equals(before.obs)
    assert after.var.equals(before.var)
    again = [str(run), str(tmp_path / "out.h5ad"), str(tmp_path / "out.h5ad"), "--force"]
    assert main(["write", *again]) == 0
    assert anndata.read_h5ad(tmp_path / "out.h5ad").obs.equals(after.obs)


def test_genes_are_found_by_name(run, cells, written, tmp_path, capsys):
    """In any order; missing ones are an error, and so is a copy that exists."""
    main(["write", str(run), str(cells), str(tmp_path / "out.h5ad")])
    reverse = written(lambda data: data[:, ::-1].copy())
    assert main(["write", str(run), str(reverse), str(tmp_path / "reverse.h5ad")]) == 0
    first, second = (anndata.read_h5ad(tmp_path / f"{name}.h5ad") for name in ("out", "reverse"))
    np.testing.assert_array_equal(first.obsm["X_rcmvae"], second.obsm["X_rcmvae"])
    few = written(lambda data: data[:, 1:].copy())
    assert main(["write", str(run), str(few), str(tmp_path / "few.h5ad")]) == 2
    assert "error[E421]" in (text := capsys.readouterr().err)
    assert "lacks 1 of 150 genes of the model: `gene-0`" in text
    assert not (tmp_path / "few.h5ad").exists()
    assert main(["write", str(run), str(cells), str(tmp_path / "out.h5ad")]) == 2
    assert "error[E304]" in capsys.readouterr().err
    assert main(["write", str(run), str(cells), str(tmp_path / "no" / "out.h5ad")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert main(["write", str(tmp_path), str(cells), str(tmp_path / "x.h5ad")]) == 2
    assert "error[E425]" in capsys.readouterr().err
    assert main(["write", str(run), str(tmp_path / "no.h5ad"), str(tmp_path / "x.h5ad")]) == 2
    assert "error[E305]" in capsys.readouterr().err


@pytest.mark.parametrize("shared", [False, True])
def test_distances_of_points_are_those_of_the_core(shared):
    """For cells of the same and of different channels."""
    rng = np.random.default_rng(0)
    q, z = rng.dirichlet(np.full(3, 0.5), 40), rng.normal(size=(40, 2))
    placed = points(q, z, shared=shared).astype(np.float64)
    distances = np.linalg.norm(placed[:, None] - placed, axis=-1)
    nearest = fit_neighbours(q, z, shared=shared).nearest(q, z, 39)
    np.testing.assert_allclose(np.sort(distances)[:, 1:], nearest.distances, atol=1e-4)
    assert placed.shape == (40, 3 + 2 * (1 if shared else 3))
