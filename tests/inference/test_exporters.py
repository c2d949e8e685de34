"""`export --by` writes a trained model through an exporter; `npz` can be computed with by NumPy alone."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rcmvae_core import load
from rcmvae_core.cli.main import main
from rcmvae_core.errors import RunError
from rcmvae_core.experiment.request import RunRequest
from rcmvae_core.experiment.run import run
from rcmvae_core.inference.exporters import exported_model, write_by
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.spec.resolve import resolve_file
from tests.support.commands import QUICKSTART

SMALL = (
    "latent.channels=4", "encoder.dense.hidden=[8]", "backbone.dense.hidden=[8]", "train.epochs=1", "figure={}",
    "metric={}",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run of two seeds."""
    registry, path = discover("only:rcmvae"), tmp_path_factory.mktemp("exporters") / "run"
    run(
        RunRequest(resolve_file(QUICKSTART, (*SMALL, "seeds=[0, 3]"), registry), registry, path),
        lambda _: None,
    )
    return path


def test_npz_has_the_arrays_of_each_seed(folder, tmp_path, capfd) -> None:
    assert main(["export", str(folder), "-o", str(tmp_path / "out"), "--by", "npz"]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "config.json",
        "seed-0.npz",
        "seed-3.npz",
    ]
    assert "seed-3.npz" in capfd.readouterr().err
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    trained = load(folder)
    arrays = np.load(tmp_path / "out" / "seed-3.npz", allow_pickle=False)
    assert not any(name.startswith("seed-") for name in arrays.files)
    x = np.random.default_rng(0).integers(0, 17, (5, *config["model"]["input_shape"])).astype(np.uint8)
    expected = load(folder, seed=3).embed(x).responsibilities
    scaled = (x / config["model"]["maximum"]).reshape(5, -1)
    encoder = {name.removeprefix("params/encoder/"): arrays[name] for name in arrays.files}
    hidden = np.maximum(scaled @ encoder["hidden_0/kernel"] + encoder["hidden_0/bias"], 0)
    logits = hidden @ encoder["logits/kernel"] + encoder["logits/bias"]
    found = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    np.testing.assert_allclose(config["tau"][1], trained.tau[1], rtol=1e-6)


def test_parameters_are_set_on_the_command_line(folder, tmp_path) -> None:
    words = [
        "export",
        str(folder),
        "-o",
        str(tmp_path / "small"),
        "--by",
        "npz",
        "--set",
        "exporter.npz.compressed=true",
    ]
    assert main(words) == 0
    assert main([*words[:3], str(tmp_path / "plain"), *words[4:6]]) == 0
    sizes = [(tmp_path / name / "seed-0.npz").stat().st_size for name in ("small", "plain")]
    assert sizes[0] < sizes[1]


def test_an_unknown_exporter_leaves_nothing(folder, tmp_path, capfd) -> None:
    assert main(["export", str(folder), "-o", str(tmp_path / "out"), "--by", "npy"]) == 2
    assert "error[E108]" in (error := capfd.readouterr().err)
    assert "did you mean `npz`?" in error
    assert list(tmp_path.iterdir()) == []


def test_what_an_exporter_sees_predicts_like_the_model(folder) -> None:
    trained = load(folder)
    model = exported_model(trained)
    x = np.zeros((3, *trained.info.context.input_shape), np.uint8)
    np.testing.assert_array_equal(model.predict(x), trained.predict(x).probabilities)
    assert model.config["seeds"] == [0, 3]
    assert len(model.program()) > 1000


def test_an_exporter_that_writes_nothing_is_an_error(folder, tmp_path, monkeypatch) -> None:
    trained = load(folder, settings=["exporter.npz={}"])
    (part,) = trained.resolved.parts["exporter"]
    monkeypatch.setattr("rcmvae_core.inference.exporters.build_part", lambda *_: lambda *_: None)
    with pytest.raises(RunError, match=r"E218.*exporter `npz` of rcmvae .* wrote no file"):
        write_by(trained, part, tmp_path / "out")
