"""The example package for AnnData: its wheel beside ours in a venv, where pip installs what it needs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import wheels

from tests.support.wheels import ROOT, installed

EXAMPLE = ROOT / "docs" / "examples" / "rcmvae-anndata"
HEADS = ("poisson", "negative_binomial", "zero_inflated_negative_binomial")
SMALL = ["train.epochs=2", "encoder.dense.hidden=[8]", "backbone.dense.hidden=[8]", "figure={}"]
READ = """
import anndata
cells = anndata.read_h5ad("labelled.h5ad")
print(cells.obsm["X_rcmvae"].shape, *cells.obs, *cells.obs["rcmvae_label"].cat.categories, cells.uns["rcmvae"]["spec"])
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A venv with both wheels, and AnnData from the package index; beside it `example`, with simulated cells.

    Our environment has no AnnData. `RCMVAE_INDEX` says that there is an index: without, a failure to reach it skips.
    """
    folder = tmp_path_factory.mktemp("anndata")
    home = installed(folder / "venv", ROOT)
    wheel = wheels.build(EXAMPLE, folder / "wheel")
    pip = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), "install", "--quiet"]
    required = "RCMVAE_INDEX" in os.environ
    patience = ["--retries", "5", "--timeout", "60"] if required else ["--retries", "1", "--timeout", "15"]
    limits = ["--no-compile", *patience, "--constraint", str(ROOT / "constraints.txt")]
    done = subprocess.run([*pip, *limits, str(wheel)], check=False, text=True, capture_output=True)
    if done.returncode and not required:
        pytest.skip(f"needs a package index: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    shutil.copytree(EXAMPLE, folder / "example", ignore=lambda *_: ["rcmvae_anndata"])
    assert (
        call(
            home, str(home / "bin" / "rcmvae-anndata"), "simulate", "cells.h5ad", "--cells", "400"
        ).returncode
        == 0
    )
    return home


def call(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return wheels.call(home, *words, cwd=home.parent / "example")


def rcmvae(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return call(home, str(home / "bin" / "rcmvae"), *words)


def train(home: Path, out: str, *settings: str) -> subprocess.CompletedProcess[str]:
    words = [word for value in (*SMALL, *settings) for word in ("--set", value)]
    return rcmvae(home, "run", "spec.toml", "--out", out, *words)


@pytest.mark.long
@pytest.mark.parametrize("head", HEADS)
def test_cells_are_trained_on_and_labelled(home, head) -> None:
    settings = () if head == "negative_binomial" else (f"head={{{head}={{}}}}",)
    done = train(home, head, *settings)
    assert done.returncode == 0, done.stderr
    assert 'distribution = "rcmvae-anndata"' in (home.parent / "example" / head / "run.lock.toml").read_text()
    done = rcmvae(home, "predict", head, "cells.h5ad", "-o", f"{head}.csv")
    assert done.returncode == 0, done.stderr
    assert len((home.parent / "example" / f"{head}.csv").read_text().splitlines()) == 401
    command = str(home / "bin" / "rcmvae-anndata")
    done = call(home, command, "write", head, "cells.h5ad", "labelled.h5ad", "--force")
    assert (done.returncode, done.stderr) == (0, "")
    done = call(home, str(home / "bin" / "python"), "-c", READ)
    columns = "cell_type simulated rcmvae_label rcmvae_channel rcmvae_p"
    assert done.stdout == f"(400, 30) {columns} B cell T cell monocyte cells\n", done.stderr


@pytest.mark.long
def test_its_own_tests_pass(home) -> None:
    done = call(home, str(home / "bin" / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_it_is_listed_and_its_spec_is_valid(home) -> None:
    listed = json.loads(rcmvae(home, "plugins", "list", "--json").stdout)["plugins"]
    mine = [(row["kind"], row["name"]) for row in listed if row["distribution"] == "rcmvae-anndata"]
    assert mine == [("data", "anndata")]
    done = rcmvae(home, "validate", "spec.toml")
    assert (done.returncode, done.stdout, done.stderr) == (0, "spec.toml: valid\n", "")
    assert rcmvae(home, "explain", "W-ANNDATA-1").stdout.startswith("# W-ANNDATA-1: ")


def test_data_that_do_not_fit_are_diagnostics(home) -> None:
    """A layer that does not exist, and normalised values for a likelihood of counts."""
    spec = home.parent / "example" / "spec.toml"
    for layer, message in (
        ('layer = "count"\n', "error[E306]: `cells.h5ad`: has no `layers/count`"),
        ("", "error[E302]: head `negative_binomial` needs counts"),
    ):
        (spec.parent / "wrong.toml").write_text(spec.read_text().replace('layer = "counts"\n', layer))
        done = rcmvae(home, "validate", "--data", "wrong.toml")
        assert done.returncode == 2
        assert message in done.stderr


def test_its_readme_shows_its_spec() -> None:
    """Every line of the README's block is a line of the spec, comments apart."""
    block = (EXAMPLE / "README.md").read_text().split("```toml\n")[1].split("```")[0]
    spec = {line.split("  #")[0] for line in (EXAMPLE / "spec.toml").read_text().splitlines()}
    assert {line for line in block.splitlines() if line} <= spec
