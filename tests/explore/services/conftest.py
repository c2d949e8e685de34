"""Two tiny runs, trained once: pictures with labels, and a table without, in which rows occur twice."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from rcmvae_core.cli.main import main
from rcmvae_core.explore.explored_data import ExploredData, load_data
from rcmvae_core.explore.explored_model import ExploredModel, open_model
from rcmvae_core.explore.workspace import Workspace, join, open_labels
from rcmvae_core.inference.load import load

_MODEL = """
[latent]
channels = {channels}
dim = 2
embedding_dim = 2
[encoder.dense]
hidden = [16]
[prior.mixture]
[routing.soft]
[conditioner.none]
[backbone.dense]
hidden = [8]
[loss.reconstruction.reconstruction]
[loss.kl_z.kl_latent]
[loss.kl_c.kl_channel]
[figure]
[metric]
[train]
epochs = 2
batch_size = {batch}
[train.optimizer.adam]
"""
_PICTURES = """
name = "pictures"
[data]
labels_per_class = 5
[data.digits]
[head.bernoulli]
[loss.labels.supervised]
[classifier.tau]
[score.channel]
"""
_ROWS = """
name = "rows"
[data.table]
path = "rows.csv"
[head.gaussian]
[score]
"""
ROWS, REPEATED = 96, 6


class Loaded(NamedTuple):
    """A run with everything that does not depend on labels."""

    path: Path
    data: ExploredData
    model: ExploredModel


def _ignore(*_: Any) -> None:
    pass


def _train(folder: Path, name: str, head: str, *, channels: int, batch: int) -> Loaded:
    (folder / f"{name}.toml").write_text(head + _MODEL.format(channels=channels, batch=batch))
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert main(["run", f"{name}.toml", "--out", f"runs/{name}"]) == 0
    finally:
        os.chdir(before)
    path = folder / "runs" / name
    trained = load(path, warn=_ignore)
    data = load_data(trained)
    return Loaded(path, data, open_model(path, 0, data.dataset, trained=trained))


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """The digits, five of each class with a label, in more channels than classes."""
    return _train(tmp_path_factory.mktemp("pictures"), "pictures", _PICTURES, channels=14, batch=128)


@pytest.fixture(scope="session")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """A table of three clusters without labels; its last rows repeat the first ones."""
    folder, rng = tmp_path_factory.mktemp("rows"), np.random.default_rng(0)
    values = rng.normal(np.arange(ROWS - REPEATED)[:, None] % 3, 0.2, (ROWS - REPEATED, 3)).round(3)
    with (folder / "rows.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("a", "b", "c"), *values.tolist(), *values[:REPEATED].tolist()])
    return _train(folder, "rows", _ROWS, channels=5, batch=16)


Opened = Callable[..., Workspace]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Opens a run with a label store of the test's own, or at `store`; closes it at the end."""
    workspaces = list[Workspace]()

    def open_(run: Loaded, *, store: Path | None = None, annotator: str = "ann", **options: Any) -> Workspace:
        store = store or tmp_path / "labels" / "store.sqlite"
        labels = open_labels(run.path, run.data, store=store, annotator=annotator, **options)
        load_again = lambda path: load(path, warn=_ignore)  # noqa: E731
        workspaces.append(join(run.path, run.data, run.model, labels, load_again, warn=_ignore))
        return workspaces[-1]

    yield open_
    for workspace in workspaces:
        workspace.close()
