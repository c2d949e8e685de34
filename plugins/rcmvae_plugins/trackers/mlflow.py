"""MLflow: a run for the whole, with a nested one for each seed.

Seeds share names of metrics, so that MLflow draws them over each other and averages them, and the outer run
is the one line of a spec in a table of many.
"""

from __future__ import annotations

import fcntl
import getpass
import os
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import attrs

from rcmvae_core.protocols import TrackedRun, Tracker
from rcmvae_core.version import __version__
from rcmvae_plugins.trackers.flat import flat
from rcmvae_plugins.trackers.packages import apart, package
from rcmvae_plugins.trackers.params import MlflowParams
from rcmvae_plugins.trackers.results import results

_SETTINGS = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_LOGGING_LEVEL": "WARNING"}
_DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
_STATUS = {"done": "FINISHED", "failed": "FAILED", "interrupted": "KILLED"}
_PARAMS_AT_ONCE = 100


def mlflow(params: MlflowParams, run: TrackedRun) -> Tracker:
    """Begin a run in MLflow, or go on with the one it had.

    Epochs that MLflow was told of before a crash, and that are trained again, stand there once.

    Args:
        params: where to, and under which experiment.
        run: what is followed.

    Raises:
        RcmvaeError: E309 without the packages.
    """
    module = package("mlflow", "mlflow", _SETTINGS)
    folder = run.folder.parent
    beside = f"sqlite:///{folder / 'mlflow.db'}"
    uri = params.uri or os.environ.get("MLFLOW_TRACKING_URI") or beside
    if uri.startswith(_DATABASES):
        for needed in ("sqlalchemy", "alembic"):
            package("mlflow", needed, {})
    with apart(), _alone(folder) if uri == beside else nullcontext():
        client = module.MlflowClient(tracking_uri=uri)
        if run.previous is None:
            artifacts = (folder / "mlartifacts").as_uri() if uri == beside else None
            store = _Store(client, module.entities, _experiment(client, params.experiment, artifacts), run)
            parent = store.create(run.folder.name, {})
        else:
            parent = run.previous
            store = _Store(client, module.entities, client.get_run(parent).info.experiment_id, run)
            store.mark(parent, "RUNNING")
    followed = _Followed(store, parent)
    return Tracker(parent, followed.epoch, followed.finish)


@contextmanager
def _alone(folder: Path) -> Generator[None]:
    """One process at a time: two that make the same database at once leave half of one."""
    with (folder / ".mlflow.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _experiment(client: Any, name: str, artifacts: str | None) -> str:
    found = client.get_experiment_by_name(name)
    return found.experiment_id if found else client.create_experiment(name, artifact_location=artifacts)


@attrs.frozen
class _Store:
    """The few calls of MLflow's client that a tracker makes."""

    client: Any
    entities: Any
    experiment: str
    run: TrackedRun

    def create(self, name: str, tags: Mapping[str, str]) -> str:
        """A new run with the whole spec as its params."""
        tags = {**self._origin(), **tags}
        made = self.client.create_run(self.experiment, run_name=name, tags=tags).info.run_id
        params = [self.entities.Param(key, value) for key, value in flat(self.run.spec).items()]
        for start in range(0, len(params), _PARAMS_AT_ONCE):
            self.client.log_batch(made, params=params[start : start + _PARAMS_AT_ONCE])
        return made

    def _origin(self) -> dict[str, str]:
        origin = {
            "mlflow.source.name": "rcmvae",
            "mlflow.source.type": "LOCAL",
            "rcmvae.version": __version__,
            "rcmvae.folder": str(self.run.folder),
        }
        with suppress(KeyError, OSError):  # a container's user may have no name
            origin["mlflow.user"] = getpass.getuser()
        return origin

    def child(self, parent: str, seed: int) -> tuple[str, int]:
        """The run of a seed, and the last epoch that it was told of."""
        wanted = f"tags.`mlflow.parentRunId` = '{parent}' and tags.`rcmvae.seed` = '{seed}'"
        found = self.client.search_runs([self.experiment], wanted, max_results=1)
        if found:
            return found[0].info.run_id, int(found[0].data.metrics.get("epoch", 0))
        tags = {"mlflow.parentRunId": parent, "rcmvae.seed": str(seed)}
        return self.create(f"{self.run.folder.name}-seed-{seed}", tags), 0

    def log(self, run_id: str, values: Mapping[str, float], step: int) -> None:
        """Metrics of one step."""
        now = round(time.time() * 1000)
        self.client.log_batch(
            run_id, metrics=[self.entities.Metric(name, value, now, step) for name, value in values.items()]
        )

    def mark(self, run_id: str, status: str) -> None:
        """Give a run its status; one that has it keeps the time of its end."""
        if self.client.get_run(run_id).info.status == status:
            return
        if status == "RUNNING":
            self.client.update_run(run_id, status=status)
        else:
            self.client.set_terminated(run_id, status)


@attrs.define
class _Followed:
    """What is known while a run goes on: the runs of its seeds, and which of them is being trained."""

    store: _Store
    parent: str
    children: dict[int, tuple[str, int]] = attrs.field(factory=dict[int, tuple[str, int]])
    current: int | None = None

    def epoch(self, seed: int, epoch: int, step: int, metrics: Mapping[str, float]) -> None:
        """As of a `Tracker`."""
        with apart():
            child, told = self._child(seed)
            if seed != self.current:
                self._leave("FINISHED")
                self.store.mark(child, "RUNNING")
                self.current = seed
            if epoch > told:
                self.store.log(child, {"epoch": epoch, **metrics}, step)

    def finish(self, state: str, summary: Mapping[str, Any] | None) -> None:
        """As of a `Tracker`."""
        with apart():
            self._leave(_STATUS[state])
            if summary is not None:
                self._conclude(summary)
            self.store.mark(self.parent, _STATUS[state])

    def _conclude(self, summary: Mapping[str, Any]) -> None:
        for entry in summary["seeds"]:
            child, _ = self._child(entry["seed"])
            self.store.log(child, results(entry), 0)
            self.store.mark(child, "FINISHED")
        spread = results(summary["std"], "_std") if len(summary["seeds"]) > 1 else {}
        self.store.log(self.parent, {**results(summary["mean"]), **spread}, 0)

    def _leave(self, status: str) -> None:
        if self.current is not None:
            self.store.mark(self._child(self.current)[0], status)

    def _child(self, seed: int) -> tuple[str, int]:
        if seed not in self.children:
            self.children[seed] = self.store.child(self.parent, seed)
        return self.children[seed]
