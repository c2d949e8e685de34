"""A small run of digits that every test of the server shares; each module has a label store of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from rcmvae_core.cli.main import main
from rcmvae_core.explore.server.app import build_app
from rcmvae_core.explore.server.security import own_hosts
from rcmvae_core.explore.workspace import open_workspace
from tests.support.commands import QUICKSTART, rcmvae
from tests.support.served import BEARER, TOKEN, served

__all__ = ["rcmvae"]

SMALL = (
    "train.epochs=2", "latent.channels=4", "latent.dim=2", "encoder.dense.hidden=[16]", "backbone.dense.hidden=[16]",
    "figure={}", "metric={}",
)  # fmt: skip


@pytest.fixture(scope="session")
def run(tmp_path_factory) -> Path:
    """The run directory."""
    folder = tmp_path_factory.mktemp("explored") / "run"
    settings = [word for setting in SMALL for word in ("--set", setting)]
    assert main(["run", str(QUICKSTART), "-o", str(folder), *settings]) == 0
    return folder


def warn(diagnostic) -> None:
    assert diagnostic.code in ("W310", "W490"), diagnostic


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("store") / "labels.sqlite"


@pytest.fixture(scope="module")
def workspace(run, store):
    workspace = open_workspace(run, store=store, annotator="tester", warn=warn)
    yield workspace
    workspace.close()


@pytest.fixture(scope="module")
def client(workspace):
    def build(port):
        return build_app(workspace, token=TOKEN, hosts=own_hosts([], port), warm=False)

    with served(build, headers=BEARER) as client:
        yield client
