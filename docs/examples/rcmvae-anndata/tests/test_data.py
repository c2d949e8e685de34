"""Data `anndata` conforms, and reads what AnnData reads."""

from __future__ import annotations

import anndata
import numpy as np
import pytest
from rcmvae_core import RcmvaeError, Source
from rcmvae_core.testing import check_plugin
from scipy import sparse

from rcmvae_anndata import _files
from rcmvae_anndata.data import encode, read_h5ad
from rcmvae_anndata.params import AnnDataParams


def read(path, **parameters):
    """Read a file with parameters."""
    return read_h5ad(AnnDataParams(path=str(path), **parameters))


def fail(path, **parameters) -> tuple[str, str]:
    """Return code and message of the error of a file."""
    with pytest.raises(RcmvaeError) as caught:
        read(path, **parameters)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic.code, f"{diagnostic.message} {' '.join(diagnostic.help)}"


def test_it_conforms(cells):
    """The conformance checks pass."""
    report = check_plugin(
        "data", "anndata", values={"path": str(cells), "label": "cell_type", "layer": "counts"}
    )
    assert report.passed, str(report)


def dense(data):
    """Make the layer dense."""
    data.layers["counts"] = data.layers["counts"].toarray()


def by_columns(data):
    """Store the layer by columns."""
    data.layers["counts"] = data.layers["counts"].tocsc()


def integers(data):
    """Store counts as integers of 64 bits."""
    data.layers["counts"] = data.layers["counts"].astype(np.int64)


@pytest.mark.parametrize("form", [lambda data: None, dense, by_columns, integers])
@pytest.mark.parametrize("genes", [None, "highly_variable"])
@pytest.mark.parametrize("limit", [2**30, 0])
def test_values_are_those_of_the_file(written, monkeypatch, form, genes, limit):
    """For every form, in memory and from disk, in any order and with repetitions."""
    monkeypatch.setattr(_files, "IN_MEMORY", limit)
    path = written(form)
    dataset, data = read(path, layer="counts", genes=genes), anndata.read_h5ad(path)
    expected = data.layers["counts"]
    expected = expected.toarray() if sparse.issparse(expected) else expected
    expected = expected if genes is None else expected[:, data.var[genes].to_numpy()]
    assert isinstance(dataset.inputs, Source)
    assert isinstance(dataset.inputs, np.ndarray) == bool(limit)
    assert (dataset.inputs.shape, dataset.inputs.dtype, dataset.maximum) == (expected.shape, np.float32, 1.0)
    for rows in ([7, 7, 3, 89, 4, 5], [], range(90)):
        indices = np.array(rows, np.int64)
        np.testing.assert_array_equal(dataset.inputs[indices], expected[indices])
    with pytest.raises(IndexError):
        dataset.inputs[np.array([90])]


def test_a_sparse_matrix_is_not_read_as_a_whole(cells, monkeypatch):
    """From disk, the values of the requested rows alone are read."""
    monkeypatch.setattr(_files, "IN_MEMORY", 0)
    rows = read(cells, layer="counts").inputs
    taken = []

    class Counted:
        def __init__(self, values):
            self.values = values

        def __getitem__(self, part):
            taken.append(part.stop - part.start)
            return self.values[part]

    rows._values = Counted(rows._values)
    got = rows[np.array([3, 4, 50])]
    assert len(taken) == 2
    assert sum(taken) == np.count_nonzero(got)


def test_labels_names_and_split(written):
    """Missing labels are unknown; the column of the split decides, and leaves cells out."""

    def change(data):
        data.obs["part"] = ["train"] * 60 + ["test"] * 20 + [None] * 10

    path = written(change)
    dataset, obs = read(path, label="cell_type", split="part"), anndata.read_h5ad(path).obs
    assert dataset.class_names == ("B cell", "T cell", "monocyte")
    names = [None if label < 0 else dataset.class_names[label] for label in dataset.labels]
    assert names == [cell if isinstance(cell, str) else None for cell in obs["cell_type"]]
    assert list(dataset.names) == [*obs.index]
    assert (dataset.train.tolist(), dataset.test.tolist()) == ([*range(60)], [*range(60, 80)])


def test_other_labels_may_mean_that_there_is_none(written):
    """And numbers are ordered as numbers."""

    def change(data):
        data.obs["cluster"] = [("10", "9", "unknown")[number % 3] for number in range(90)]

    path = written(change)
    dataset = read(path, label="cluster", unlabelled=("unknown",))
    assert dataset.class_names == ("9", "10")
    assert dataset.labels[:3].tolist() == [1, 0, -1]
    assert encode(["10", "x"])[1] == ("10", "x")


def test_raw(written):
    """Its matrix and its genes."""

    def change(data):
        data.raw = data
        return data[:, :50].copy()

    path = written(change)
    np.testing.assert_array_equal(read(path, raw=True).inputs, anndata.read_h5ad(path).raw.X.toarray())
    assert read(path).inputs.shape == (90, 50)


def test_a_test_set_is_drawn(cells):
    """A fifth, or what is given."""
    assert len(read(cells).test) == 18
    assert len(read(cells, test_fraction=0.5).test) == 45


def test_errors_are_diagnostics(cells, tmp_path, written):
    """Each says what is there."""
    assert fail(tmp_path / "no.h5ad")[0] == "E305"
    (tmp_path / "text.h5ad").write_text("x")
    assert fail(tmp_path / "text.h5ad")[0] == fail(tmp_path)[0] == "E306"
    code, message = fail(cells, layer="count")
    assert code == "E306"
    assert "`layers/count`" in message
    assert "`layers/counts`" in message
    assert "no column `type`" in fail(cells, label="type")[1]
    assert "`cell_type`" in fail(cells, label="type")[1]
    assert "no column `variable`" in fail(cells, genes="variable")[1]
    assert "no `raw/var`" in fail(cells, raw=True)[1]
    assert "values `b cell`" in fail(cells, split="cell_type")[1]

    def change(data):
        data.var["none"], data.var["mean"] = False, 1.5
        data.obs["train"] = "train"

    path = written(change)
    assert "selects no gene" in fail(path, genes="none")[1]
    assert "must be booleans" in fail(path, genes="mean")[1]
    assert "`test` for no cell" in fail(path, split="train")[1]


def test_a_corrupt_file_is_a_diagnostic(cells, tmp_path):
    """Cut off, and with another type of matrix."""
    content = cells.read_bytes()
    (tmp_path / "cut.h5ad").write_bytes(content[: len(content) // 2])
    assert fail(tmp_path / "cut.h5ad")[0] == "E306"


def test_parameters_that_contradict_each_other():
    """They are errors of the spec."""
    for parameters in (
        {"raw": True, "layer": "x"},
        {"split": "a", "test_fraction": 0.2},
        {"split": "a", "label": "a"},
    ):
        with pytest.raises(ValueError, match="`"):
            AnnDataParams(path="x", **parameters)
