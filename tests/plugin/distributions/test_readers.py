"""A model that was trained on a format of another package predicts files of that format, and so does any model."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from tests.plugin.distributions import lifecycle
from tests.plugin.distributions.conftest import run

DECLARATION = """
from rcmvae_core import Plugin, hookimpl

@hookimpl
def rcmvae_plugins():
    yield Plugin("data", "raw", summary="Float32 numbers behind each other, eight of them an input.",
                 params="rcmvae_raw.params:RawParams", impl="rcmvae_raw.raw:raw",
                 provides=("data.features", "data.labels", "data.path"))
"""
PARAMS = """
from typing import ClassVar
import attrs
from rcmvae_core import param

@attrs.frozen
class RawParams:
    suffixes: ClassVar[tuple[str, ...]] = (".f32",)
    path: str = param(doc="The file.")
"""
IMPLEMENTATION = """
import numpy as np
from rcmvae_core import Dataset

def raw(params):
    inputs = np.fromfile(params.path, np.float32).reshape(-1, 8)
    if inputs.size == 0:
        raise ValueError("the file is empty")
    labels = (inputs[:, 0] > 0.5).astype(np.int32)
    order = np.arange(len(inputs))
    return Dataset(inputs, labels, order[: len(order) // 2], order[len(order) // 2 :], ("low", "high"), 1.0)
"""
SPEC = """
[data.raw]
path = "train.f32"
[latent]
channels = 2
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
[loss.labels.supervised]
[classifier.tau]
[train]
epochs = 1
batch_size = 16
[train.optimizer.adam]
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> tuple[Path, Path]:
    """A folder with a run that was trained on the format, and the folder of the package."""
    folder = tmp_path_factory.mktemp("readers")
    lifecycle.package("data", folder / "source", "rcmvae_raw")
    package = folder / "source" / "rcmvae_raw"
    for name, text in {"__init__": DECLARATION, "params": PARAMS, "raw": IMPLEMENTATION}.items():
        (package / f"{name}.py").write_text(text)
    lifecycle.install([folder / "source"], folder / "site")
    work = folder / "work"
    work.mkdir()
    rng = np.random.default_rng(0)
    rng.random((120, 8), np.float32).tofile(work / "train.f32")
    rng.random((7, 8), np.float32).tofile(work / "new.f32")
    np.save(work / "new.npy", np.fromfile(work / "new.f32", np.float32).reshape(-1, 8))
    (work / "spec.toml").write_text(SPEC)
    run(["-m", "rcmvae_core", "run", "spec.toml", "--out", "run"], work, folder / "site")
    return work, folder / "site"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_a_file_of_the_format_is_predicted_as_the_array_in_it(home) -> None:
    work, site = home
    for name in ("new.f32", "new.npy"):
        run(["-m", "rcmvae_core", "predict", "run", name, "-o", f"{name}.csv"], work, site)
    own, array = rows(work / "new.f32.csv"), rows(work / "new.npy.csv")
    assert len(own) == 7
    columns = [name for name in own[0] if name.startswith(("p(", "prediction", "entropy", "probability"))]
    assert columns
    assert [[row[c] for c in columns] for row in own] == [[row[c] for c in columns] for row in array]
    output = run(["-m", "rcmvae_core", "evaluate", "run", "--against", "new.f32", "--json"], work, site)
    assert json.loads(output)["ood"]["inputs"] == 7


def test_an_exported_model_reads_it_by_its_suffix_and_an_error_names_the_plugin(home) -> None:
    work, site = home
    run(["-m", "rcmvae_core", "export", "run", "-o", "published"], work, site)
    run(["-m", "rcmvae_core", "predict", "published", "new.f32", "-o", "published.csv"], work, site)
    assert len(rows(work / "published.csv")) == 7
    (work / "empty.f32").write_bytes(b"")
    code = "import sys; from rcmvae_core.cli.main import main; print(main(sys.argv[1:]))"
    assert run(["-c", code, "predict", "run", "empty.f32", "-o", "e.csv"], work, site).strip() == "2"


def test_a_file_of_one_row_is_predicted(home) -> None:
    work, site = home
    np.zeros(8, np.float32).tofile(work / "one.f32")  # its plugin divides it into nothing and one
    run(["-m", "rcmvae_core", "predict", "run", "one.f32", "-o", "one.csv"], work, site)
    assert len(rows(work / "one.csv")) == 1


def test_names_of_labels_are_refused_and_a_missing_file_names_the_plugin(home) -> None:
    work, site = home
    code = "import sys; from rcmvae_core.cli.main import main; print(main(sys.argv[1:]))"
    words = ["predict", "run", "new.f32", "-o", "l.csv", "--format", "json"]
    output = run(["-c", code, *words, "--labels", "y"], work, site)
    assert '"code": "E424"' in output
    assert "data `raw` reads with its labels" in output
    output = run(["-c", code, "predict", "run", "gone.f32", "-o", "l.csv", "--format", "json"], work, site)
    assert "or what data `raw` reads" in output


def test_without_its_package_an_error_names_the_plugin(home) -> None:
    work, site = home
    code = (
        "import sys, os; os.environ['RCMVAE_PLUGINS'] = 'only:rcmvae'; from rcmvae_core.cli.main import main; "
        "print(main(sys.argv[1:]))"
    )
    output = run(["-c", code, "predict", "run", "new.f32", "-o", "m.csv", "--format", "json"], work, site)
    assert "the run's data were `raw` of " in output
