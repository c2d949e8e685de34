"""A run whose table has covariates: its files, and what it makes of other tables."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from jax import export as jax_export

from rcmvae_core import RCMVAEClassifier
from rcmvae_core.cli.main import main
from rcmvae_core.data.frames import as_table
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.experiment.request import RunRequest
from rcmvae_core.experiment.run import run
from rcmvae_core.inference.load import load
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.rundir.report_arrays import load as load_arrays
from rcmvae_core.spec.resolve import resolve_file
from rcmvae_core.training.loop import Interrupted

REGISTRY = discover("only:rcmvae")
SPEC = """
rcmvae = ">=0.1"
name = "batches"
[data]
covariates = ["batch", "age"]
[data.table]
path = "{path}"
label = "kind"
[latent]
channels = 3
dim = 2
[encoder.dense]
hidden = [8]
[prior.mixture]
[routing.soft]
[conditioner.film]
[backbone.dense]
hidden = [8]
[head.gaussian]
[loss.reconstruction.reconstruction]
[loss.kl_z.kl_latent]
[loss.kl_c.kl_channel]
[loss.labels.supervised]
[classifier.tau]
[train]
epochs = 3
batch_size = 16
checkpoint_seconds = 0
[train.optimizer.adam]
"""


def rows(count=100):
    rng = np.random.default_rng(0)
    kind, batch, age = rng.integers(0, 3, count), rng.integers(0, 2, count), rng.normal(40, 5, count).round(2)
    values = (rng.normal(size=(count, 3)) + kind[:, None] + 5 * batch[:, None]).round(4)
    return [
        {"a": a, "b": b, "batch": "AB"[s], "c": c, "age": t, "kind": "xyz"[k]}
        for (a, b, c), s, t, k in zip(values.tolist(), batch, age.tolist(), kind, strict=True)
    ]


def write(path: Path, written):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(written[0]))
        writer.writeheader()
        writer.writerows(written)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("batches")
    write(folder / "rows.csv", rows())
    (folder / "spec.toml").write_text(SPEC.format(path=folder / "rows.csv"))
    assert main(["run", str(folder / "spec.toml"), "--out", str(folder / "run")]) == 0
    return folder


def without(name, written):
    return [{key: value for key, value in row.items() if key != name} for row in written]


def test_the_report_shows_features_and_not_covariates(folder) -> None:
    assert (folder / "run" / "report.html").is_file()
    assert json.loads((folder / "run" / "model.json").read_text())["columns"]["covariates"] == 2
    trained = load(folder / "run")
    assert trained.info.columns is not None
    assert trained.info.columns.features == ("a", "b", "c", "batch=B", "age")
    (path,) = (folder / "run").rglob("seed-0.npz")
    arrays = load_arrays(path)
    shown = (arrays.inputs, arrays.reconstructions, arrays.samples, arrays.traversals, arrays.class_samples)
    assert {array.shape[-1] for array in shown} == {3}


def test_predictions_need_the_covariates(folder, tmp_path, capfd) -> None:
    write(tmp_path / "new.csv", without("kind", rows(20)))
    assert (
        main(["predict", str(folder / "run"), str(tmp_path / "new.csv"), "-o", str(tmp_path / "p.csv")]) == 0
    )
    assert len((tmp_path / "p.csv").read_text().splitlines()) == 21
    write(tmp_path / "less.csv", without("batch", rows(20)))
    assert (
        main(["predict", str(folder / "run"), str(tmp_path / "less.csv"), "-o", str(tmp_path / "q.csv")]) == 2
    )
    assert "has no column `batch`" in capfd.readouterr().err
    write(tmp_path / "other.csv", [row | {"batch": "Z"} for row in rows(2)])
    assert (
        main(["predict", str(folder / "run"), str(tmp_path / "other.csv"), "-o", str(tmp_path / "q.csv")])
        == 2
    )
    assert "covariate `batch` has the value `Z`" in capfd.readouterr().err
    assert main(["evaluate", str(folder / "run")]) == 0


def test_samples_have_the_mean_of_the_covariates(folder, tmp_path) -> None:
    assert main(["sample", str(folder / "run"), "-n", "4", "-o", str(tmp_path / "s")]) == 0
    samples = list(csv.DictReader((tmp_path / "s.csv").read_text().splitlines()))
    assert list(samples[0]) == ["a", "b", "c", "batch", "age", "channel"]
    assert {row["batch"] for row in samples} == {""}
    assert {row["age"] for row in samples} != {""}


def test_an_exported_model_and_its_program_predict_the_same(folder, tmp_path) -> None:
    assert main(["export", str(folder / "run"), "-o", str(tmp_path / "out")]) == 0
    table = {name: np.array([row[name] for row in rows(8)]) for name in ("a", "b", "c", "batch", "age")}
    first, again = load(folder / "run"), load(tmp_path / "out")
    assert first.info.columns is not None
    expected = first.predict(table).probabilities
    np.testing.assert_array_equal(again.predict(table).probabilities, expected)
    config = json.loads((tmp_path / "out" / "config.json").read_text())["program"]
    assert config["features"] == ["a", "b", "c", "batch=B", "age"]
    program = jax_export.deserialize(bytearray((tmp_path / "out" / "model.stablehlo").read_bytes()))
    cells = {
        name: column if column.dtype.kind == "f" else column.astype(object) for name, column in table.items()
    }
    encoded = as_table(cells)
    assert encoded is not None
    raw = first.info.columns.encode(encoded).astype(np.float32)
    np.testing.assert_allclose(program.call(raw)["probabilities"], expected, atol=1e-5)


def test_a_stopped_run_ends_bit_identically(folder, tmp_path) -> None:
    calls: list[int] = []
    spec = resolve_file(folder / "spec.toml", (), REGISTRY)
    with pytest.raises(Interrupted):
        run(
            RunRequest(spec, REGISTRY, tmp_path / "half"),
            lambda _: None,
            lambda: len(calls) > 0 or bool(calls.append(0)),
        )
    assert main(["resume", str(tmp_path / "half")]) == 0
    whole, half = (load(path) for path in (folder / "run", tmp_path / "half"))
    assert half.info.context == whole.info.context
    table = {name: np.array([row[name] for row in rows(8)]) for name in ("a", "b", "c", "batch", "age")}
    np.testing.assert_array_equal(half.predict(table).probabilities, whole.predict(table).probabilities)


def test_the_estimator_refuses_them(folder) -> None:
    x, y = np.random.default_rng(0).normal(size=(60, 3)), np.arange(60) % 3
    spec = (
        SPEC.format(path="none").split("[data.table]")[0]
        + "[data.arrays]\n[latent]"
        + SPEC.split("[latent]")[1]
    )
    with pytest.raises(RcmvaeError, match="E480"):
        RCMVAEClassifier(spec=spec).fit(x, y)
