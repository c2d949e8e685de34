"""MLflow, read through its own client from a database on disk."""

from __future__ import annotations

import multiprocessing
import shutil

import pytest
from rcmvae_plugins.trackers.mlflow import mlflow
from rcmvae_plugins.trackers.params import MlflowParams

from .tracker_cases import EPOCHS, SPEC, STEPS, SUMMARY, alone, begun, loss, train

# MLflow's queries, at their first use.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning")


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    yield from alone(monkeypatch, tmp_path)


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """A database without runs, shared because MLflow takes seconds to create one."""
    with pytest.MonkeyPatch.context() as patched:
        for _ in alone(patched, folder := tmp_path_factory.mktemp("tables")):
            from mlflow import MlflowClient

            MlflowClient(f"sqlite:///{folder / 'mlflow.db'}").search_experiments()
    return folder / "mlflow.db"


@pytest.fixture
def client(tmp_path, tables):
    from mlflow import MlflowClient

    (tmp_path / "runs").mkdir()
    shutil.copy(tables, tmp_path / "runs" / "mlflow.db")
    return MlflowClient(f"sqlite:///{tmp_path / 'runs' / 'mlflow.db'}")


def every(client, experiment="rcmvae"):
    """All runs of an experiment, by name."""
    number = client.get_experiment_by_name(experiment).experiment_id
    return {run.info.run_name: run for run in client.search_runs([number])}


def points(client, run, name):
    return sorted((m.step, m.value) for m in client.get_metric_history(run.info.run_id, name))


def statuses(client):
    return {name: run.info.status for name, run in every(client).items()}


def test_a_run_from_its_begin_to_its_end(client, tmp_path, capsys):
    run = begun(tmp_path)
    tracker = mlflow(MlflowParams(), run)
    assert statuses(client) == {"film-1": "RUNNING"}
    train(tracker, 0)
    train(tracker, 1)
    assert statuses(client) == {"film-1": "RUNNING", "film-1-seed-0": "FINISHED", "film-1-seed-1": "RUNNING"}
    tracker.finish("done", SUMMARY)
    assert capsys.readouterr().out == ""

    runs = every(client)
    assert {name: one.info.status for name, one in runs.items()} == dict.fromkeys(runs, "FINISHED")
    parent = runs["film-1"]
    assert tracker.id == parent.info.run_id
    assert parent.data.metrics == pytest.approx(
        {
            "result/validation/elbo": -9.5,
            "result/validation/elbo_std": 0.0,
            "result/test/accuracy": 0.625,
            "result/test/accuracy_std": 0.1767767,
        }
    )
    for seed in (0, 1):
        child = runs[f"film-1-seed-{seed}"]
        assert points(client, child, "train/total") == [
            (STEPS * epoch, loss(seed, epoch)) for epoch in range(1, EPOCHS + 1)
        ]
        assert points(client, child, "epoch") == [(10, 1), (20, 2), (30, 3)]
        assert points(client, child, "result/test/accuracy") == [(0, 0.5 + 0.25 * seed)]
        assert child.data.tags["mlflow.parentRunId"] == tracker.id
        assert child.data.tags["rcmvae.seed"] == str(seed)
        assert child.data.params == parent.data.params
    assert parent.data.params["conditioner.none"] == "{}"
    assert parent.data.params["loss.kl_z.weight.linear.end"] == "1.0"
    assert parent.data.tags["rcmvae.folder"] == str(run.folder)


@pytest.mark.parametrize(("state", "status"), [("failed", "FAILED"), ("interrupted", "KILLED")])
def test_a_run_that_did_not_end_well(client, tmp_path, state, status):
    """Only the seed in training has not finished."""
    tracker = mlflow(MlflowParams(), begun(tmp_path))
    train(tracker, 0)
    train(tracker, 1, last=2)
    tracker.finish(state, None)
    assert statuses(client) == {"film-1": status, "film-1-seed-0": "FINISHED", "film-1-seed-1": status}


def test_a_run_that_never_reached_an_epoch(client, tmp_path):
    mlflow(MlflowParams(), begun(tmp_path)).finish("failed", None)
    assert statuses(client) == {"film-1": "FAILED"}


def test_a_continued_run_is_the_same_run_and_has_each_epoch_once(client, tmp_path):
    before = mlflow(MlflowParams(), begun(tmp_path))
    train(before, 0)
    train(before, 1, last=2)
    before.finish("interrupted", None)
    ended = every(client)["film-1-seed-0"].info.end_time

    after = mlflow(MlflowParams(), begun(tmp_path, before.id))
    assert after.id == before.id
    assert statuses(client)["film-1"] == "RUNNING"
    train(after, 1, first=2)  # epoch 2 was lost with the process, and is trained again
    assert statuses(client)["film-1-seed-1"] == "RUNNING"
    after.finish("done", SUMMARY)

    runs = every(client)
    assert statuses(client) == dict.fromkeys(("film-1", "film-1-seed-0", "film-1-seed-1"), "FINISHED")
    assert points(client, runs["film-1-seed-1"], "train/total") == [(10, 20.0), (20, 10.0), (30, 20.0 / 3)]
    assert points(client, runs["film-1-seed-0"], "result/test/accuracy") == [(0, 0.5)]
    assert runs["film-1-seed-0"].info.end_time == ended


def test_a_run_that_is_gone_is_not_begun_anew(client, tmp_path):
    from mlflow.exceptions import MlflowException

    mlflow(MlflowParams(), begun(tmp_path))
    with pytest.raises(MlflowException, match="not found"):
        mlflow(MlflowParams(), begun(tmp_path, "0" * 32))
    assert len(every(client)) == 1


def test_where_the_spec_says_then_where_the_environment_says(monkeypatch, tmp_path, tables):
    from mlflow import MlflowClient

    places = [f"sqlite:///{shutil.copy(tables, tmp_path / name)}" for name in ("spec", "environment")]
    monkeypatch.setenv("MLFLOW_TRACKING_URI", places[1])
    mlflow(MlflowParams(uri=places[0], experiment="mine"), begun(tmp_path))
    mlflow(MlflowParams(), begun(tmp_path))
    assert len(every(MlflowClient(places[0]), "mine")) == 1
    assert len(every(MlflowClient(places[1]))) == 1
    assert not (tmp_path / "runs" / "mlflow.db").exists()


def test_a_long_spec_keeps_the_limits(client, tmp_path):
    losses = {f"loss_{i}": {"weight": i} for i in range(250)}
    spec = {**SPEC, "loss": losses, "long": "x" * 7000, "k" * 300: 1}
    mlflow(MlflowParams(), begun(tmp_path)._replace(spec=spec))
    params = every(client)["film-1"].data.params
    assert {params[f"loss.loss_{i}.weight"] for i in range(250)} == {str(i) for i in range(250)}
    assert params["long"] == "x" * 6000
    assert params["k" * 250] == "1"


def test_what_a_server_prints_stays_off_stdout(client, monkeypatch, tmp_path, capsys):
    """MLflow prints the address of a run that ends on a server."""
    from mlflow import MlflowClient

    ends = MlflowClient.set_terminated

    def set_terminated(self, *arguments):
        print("View run at")
        ends(self, *arguments)

    monkeypatch.setattr(MlflowClient, "set_terminated", set_terminated)
    tracker = mlflow(MlflowParams(), begun(tmp_path))
    train(tracker, 0)
    tracker.finish("done", None)
    assert statuses(client) == {"film-1": "FINISHED", "film-1-seed-0": "FINISHED"}
    assert capsys.readouterr() == ("", "View run at\n" * 2)


def begin_elsewhere(folder):
    mlflow(MlflowParams(), begun(folder))


@pytest.mark.long
def test_runs_that_begin_together_share_a_new_database(tmp_path):
    """MLflow creates its tables without a lock: of two processes one fails, and may leave them incomplete."""
    from mlflow import MlflowClient

    begun(tmp_path)
    processes = [
        multiprocessing.get_context("spawn").Process(target=begin_elsewhere, args=(tmp_path,))
        for _ in range(2)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    client = MlflowClient(f"sqlite:///{tmp_path / 'runs' / 'mlflow.db'}")
    number = client.get_experiment_by_name("rcmvae").experiment_id
    assert len(client.search_runs([number])) == 2
    assert (tmp_path / "runs" / "mlartifacts").as_uri() in client.get_experiment(number).artifact_location
