"""A tracker whose server does not answer is reported before training, within seconds."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from rcmvae_plugins.trackers import _reachable
from rcmvae_plugins.trackers.mlflow import mlflow
from rcmvae_plugins.trackers.params import MlflowParams, WandbParams
from rcmvae_plugins.trackers.wandb import wandb

from rcmvae_core.errors import RcmvaeError
from tests.support.commands import QUICKSTART

from .test_trackers_wandb import Service
from .tracker_cases import alone, begun


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    yield from alone(monkeypatch, tmp_path)


@pytest.fixture
def silent():
    """The address of a server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def refused() -> str:
    """An address that refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def answering():
    """The address of a server that answers everything with an error."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def code_of(build, params, run) -> str:
    with pytest.raises(RcmvaeError) as caught:
        build(params, run)
    (diagnostic,) = caught.value.diagnostics
    assert "does not answer: " in diagnostic.message
    assert "secret" not in diagnostic.message
    return diagnostic.code


def test_a_server_that_is_silent(monkeypatch, tmp_path, silent) -> None:
    monkeypatch.setattr(_reachable, "SECONDS", 0.3)
    assert code_of(mlflow, MlflowParams(uri=f"http://me:secret@{silent}"), begun(tmp_path)) == "E309"
    monkeypatch.setitem(sys.modules, "wandb", Service(known=True, address=f"http://{silent}"))
    assert code_of(wandb, WandbParams(mode="online"), begun(tmp_path)) == "E309"


@pytest.mark.parametrize(
    "uri", ["http://me:secret@{}", "postgresql://me:secret@{}/db", "postgresql+psycopg2://u:secret@{}/x"]
)
def test_a_server_that_refuses(tmp_path, refused, uri) -> None:
    if uri.startswith("postgresql"):
        pytest.importorskip("sqlalchemy")
    assert code_of(mlflow, MlflowParams(uri=uri.format(refused)), begun(tmp_path)) == "E309"


def test_any_status_is_an_answer(answering, silent) -> None:
    _reachable.require_answer("mlflow", f"http://{answering}", "")
    _reachable.require_answer("mlflow", f"mysql://{silent}/db", "")
    _reachable.require_answer("mlflow", "sqlite:///x.db", "")


@pytest.mark.long
def test_a_run_ends_before_training_within_seconds(tmp_path, silent) -> None:
    words = ["run", QUICKSTART, "--out", "run", "--set", "tracker.mlflow={}"]
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "rcmvae_core", *map(str, words)], cwd=tmp_path, check=False, capture_output=True, text=True,
        env=os.environ | {"MLFLOW_TRACKING_URI": f"http://{silent}"},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert "error[E309]: tracker `mlflow`" in done.stderr
    assert time.monotonic() - begin < 60
    assert not (tmp_path / "run").exists()
