"""Tracks runs with MLflow: a parent run, with a nested run per seed.

Seeds have the same metric names, so that MLflow overlays and averages them, and the parent run is the only row of a
spec in a table of runs.
"""

from __future__ import annotations

import getpass
import os
import time
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from typing import Any

import attrs
from filelock import FileLock

from rcmvae_core.plugin.protocols import TrackedRun, Tracker
from rcmvae_core.version import __version__
from rcmvae_plugins.trackers._flatten import flatten, flatten_results
from rcmvae_plugins.trackers._packages import import_package, stdout_to_stderr
from rcmvae_plugins.trackers._reachable import require_answer
from rcmvae_plugins.trackers.params import MlflowParams

_SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    # A server that stops answering holds training for seconds, not for minutes, until it is dropped.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
}
_DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
_STATUS = {"done": "FINISHED", "failed": "FAILED", "interrupted": "KILLED"}
_PARAMS_PER_BATCH = 100


def mlflow(params: MlflowParams, run: TrackedRun) -> Tracker:
    """Start a run in MLflow, or resume the previous one.

    Epochs that were logged before a crash and are trained again are logged once.

    Args:
        params: the server or database, and the experiment.
        run: the run to track.

    Returns:
        A Tracker whose id is that of the parent run.

    Raises:
        RcmvaeError: E309 if a package is missing, or if the server does not answer.
    """
    module = import_package("mlflow", "mlflow", _SETTINGS)
    folder = run.folder.parent
    default_uri = f"sqlite:///{folder / 'mlflow.db'}"
    uri = params.uri or os.environ.get("MLFLOW_TRACKING_URI") or default_uri
    if uri.startswith(_DATABASES):
        for package in ("sqlalchemy", "alembic"):
            import_package("mlflow", package, {})
    require_answer(
        "mlflow", uri, "check `uri` and MLFLOW_TRACKING_URI; without both a local database is used"
    )
    # Two processes that create the same database at once would leave it incomplete.
    lock = FileLock(folder / ".mlflow.lock") if uri == default_uri else nullcontext()
    with stdout_to_stderr(), lock:
        client = module.MlflowClient(tracking_uri=uri)
        if run.previous is None:
            artifacts = (folder / "mlartifacts").as_uri() if uri == default_uri else None
            experiment = _experiment_id(client, params.experiment, artifacts)
            service = _Client(client, module.entities, experiment, run)
            parent = service.create(run.folder.name, {})
        else:
            parent = run.previous
            service = _Client(client, module.entities, client.get_run(parent).info.experiment_id, run)
            service.set_status(parent, "RUNNING")
    tracked = _TrackedSeeds(service, parent)
    return Tracker(parent, tracked.epoch, tracked.finish)


def _experiment_id(client: Any, name: str, artifacts: str | None) -> str:
    """Return the id of an experiment, which is created if it does not exist.

    Args:
        client: MLflow's client.
        name: of the experiment.
        artifacts: the URI of its artifacts if it is created; None for MLflow's default.
    """
    experiment = client.get_experiment_by_name(name)
    return (
        experiment.experiment_id
        if experiment
        else client.create_experiment(name, artifact_location=artifacts)
    )


@attrs.frozen
class _Client:
    """The calls of MLflow's client that the tracker needs."""

    client: Any
    entities: Any
    experiment: str
    run: TrackedRun

    def create(self, name: str, tags: Mapping[str, str]) -> str:
        """Create a run with the whole spec as its params, and return its id."""
        tags = {**self._origin_tags(), **tags}
        run_id = self.client.create_run(self.experiment, run_name=name, tags=tags).info.run_id
        params = [self.entities.Param(key, value) for key, value in flatten(self.run.spec).items()]
        for start in range(0, len(params), _PARAMS_PER_BATCH):
            self.client.log_batch(run_id, params=params[start : start + _PARAMS_PER_BATCH])
        return run_id

    def _origin_tags(self) -> dict[str, str]:
        tags = {
            "mlflow.source.name": "rcmvae",
            "mlflow.source.type": "LOCAL",
            "rcmvae.version": __version__,
            "rcmvae.folder": str(self.run.folder),
        }
        with suppress(KeyError, OSError):  # the user of a container may have no name
            tags["mlflow.user"] = getpass.getuser()
        return tags

    def child(self, parent: str, seed: int) -> tuple[str, int]:
        """Return the run of a seed, created if it does not exist, and the last epoch that was logged to it."""
        query = f"tags.`mlflow.parentRunId` = '{parent}' and tags.`rcmvae.seed` = '{seed}'"
        runs = self.client.search_runs([self.experiment], query, max_results=1)
        if runs:
            return runs[0].info.run_id, int(runs[0].data.metrics.get("epoch", 0))
        tags = {"mlflow.parentRunId": parent, "rcmvae.seed": str(seed)}
        return self.create(f"{self.run.folder.name}-seed-{seed}", tags), 0

    def log(self, run_id: str, values: Mapping[str, float], step: int) -> None:
        """Log metrics of a step.

        Args:
            run_id: the run.
            values: metrics by name.
            step: the training step.
        """
        timestamp = round(time.time() * 1000)  # milliseconds
        metrics = [self.entities.Metric(name, value, timestamp, step) for name, value in values.items()]
        self.client.log_batch(run_id, metrics=metrics)

    def set_status(self, run_id: str, status: str) -> None:
        """Set the status of a run; if it has the status already, it keeps the time of its end."""
        if self.client.get_run(run_id).info.status == status:
            return
        if status == "RUNNING":
            self.client.update_run(run_id, status=status)
        else:
            self.client.set_terminated(run_id, status)


@attrs.define
class _TrackedSeeds:
    """The runs of the seeds, each with the last epoch that was logged before, and the seed in training."""

    client: _Client
    parent: str
    children: dict[int, tuple[str, int]] = attrs.field(factory=dict[int, tuple[str, int]])
    current: int | None = None

    def epoch(self, seed: int, epoch: int, step: int, metrics: Mapping[str, float]) -> None:
        """Log an epoch, as of a `Tracker`.

        Args:
            seed: the seed in training.
            epoch: the number of completed epochs.
            step: the number of completed steps.
            metrics: by name.
        """
        with stdout_to_stderr():
            child, last_logged = self._child(seed)
            if seed != self.current:
                self._end_current("FINISHED")
                self.client.set_status(child, "RUNNING")
                self.current = seed
            if epoch > last_logged:
                self.client.log(child, {"epoch": epoch, **metrics}, step)

    def finish(self, state: str, summary: Mapping[str, Any] | None) -> None:
        """End the run, as of a `Tracker`."""
        with stdout_to_stderr():
            self._end_current(_STATUS[state])
            if summary is not None:
                self._log_results(summary)
            self.client.set_status(self.parent, _STATUS[state])

    def _log_results(self, summary: Mapping[str, Any]) -> None:
        for entry in summary["seeds"]:
            child, _ = self._child(entry["seed"])
            self.client.log(child, flatten_results(entry), 0)
            self.client.set_status(child, "FINISHED")
        spread = flatten_results(summary["std"], "_std") if len(summary["seeds"]) > 1 else {}
        self.client.log(self.parent, {**flatten_results(summary["mean"]), **spread}, 0)

    def _end_current(self, status: str) -> None:
        if self.current is not None:
            self.client.set_status(self._child(self.current)[0], status)

    def _child(self, seed: int) -> tuple[str, int]:
        if seed not in self.children:
            self.children[seed] = self.client.child(self.parent, seed)
        return self.children[seed]
