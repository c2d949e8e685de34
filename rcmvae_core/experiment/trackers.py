"""Reports a run to its trackers; one that fails is dropped with a warning, and the run continues."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.plugin.declaration import Kind, load_object
from rcmvae_core.plugin.protocols import TrackedRun, Tracker
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec
from rcmvae_core.rundir.directory import RunDirectory
from rcmvae_core.rundir.read_only import ReadOnlyRunDirectory
from rcmvae_core.rundir.records import TRACKERS, TRACKERS_FORMAT, read_tracker_ids
from rcmvae_core.runtime import distributed
from rcmvae_core.spec.write import document

Warn = Callable[[Diagnostic], None]


class Trackers:
    """All trackers of a run.

    Args:
        parts: the tracker plugins of the spec.
        run: what they are given about the run.
        previous: the id that each tracker gave the run when it was begun, by the tracker's name.
        warn: called with W404 for a tracker that fails.

    Raises:
        RcmvaeError: if one cannot start for a reason that the user can fix, such as a missing package.
    """

    def __init__(
        self, parts: tuple[ResolvedPart, ...], run: TrackedRun, previous: Mapping[str, str], warn: Warn
    ) -> None:
        self._warn, self._open = warn, dict[str, Tracker]()
        for part in parts:
            try:
                start = load_object(part.registered.plugin.impl)
                self._open[part.name] = _tracker(
                    start(part.params, run._replace(previous=previous.get(part.name)))
                )
            except RcmvaeError:
                raise
            except Exception as error:  # noqa: BLE001 - no error of a service may end the run
                self._drop(part.name, error)

    @property
    def ids(self) -> dict[str, str]:
        """The id that each tracker gave this run, by the tracker's name."""
        return {name: tracker.id for name, tracker in self._open.items()}

    def epoch(self, seed: int, epoch: int, step: int, metrics: Mapping[str, float]) -> None:
        """Report the metrics of an epoch.

        Args:
            seed: the seed.
            epoch: its number, from 1.
            step: the step after which it was evaluated.
            metrics: values by name.
        """
        self._call(lambda tracker: tracker.epoch(seed, epoch, step, metrics))

    def finish(self, state: str, summary: Mapping[str, Any] | None) -> None:
        """Report how the run ended: its state, and its summary if it is done."""
        self._call(lambda tracker: tracker.finish(state, summary))

    def _call(self, report: Callable[[Tracker], None]) -> None:
        for name, tracker in list(self._open.items()):
            try:
                report(tracker)
            except Exception as error:  # noqa: BLE001 - as above
                self._drop(name, error)

    def _drop(self, name: str, error: Exception) -> None:
        self._open.pop(name, None)
        reason = (str(error).splitlines() or [""])[0]
        message = f"tracker `{name}` failed and is not used any more: {type(error).__name__}: {reason}"
        self._warn(Diagnostic("W404", message, help=["the run continues; `metrics.jsonl` has all metrics"]))


def _tracker(started: Any) -> Tracker:
    if not isinstance(started, Tracker):
        raise TypeError(f"it returned a {type(started).__name__}, expected a Tracker")
    return started


def open_trackers(
    resolved: ResolvedSpec,
    kinds: Mapping[str, Kind],
    directory: RunDirectory | ReadOnlyRunDirectory,
    warn: Warn,
) -> Trackers:
    """Start the trackers of a run, in the main process, and write their ids to the run directory.

    Args:
        resolved: the resolved spec.
        kinds: the plugin kinds of the registry.
        directory: the run directory.
        warn: called with W404 for a tracker that fails.

    Returns:
        The trackers; none in another process.

    Raises:
        RcmvaeError: as `Trackers`.
    """
    previous = _previous(directory.path, warn)
    parts = resolved.parts.get("tracker", ()) if distributed.is_main_process() else ()
    run = TrackedRun(
        name=resolved.name,
        folder=directory.path.absolute(),
        spec=document(resolved, kinds),
        seeds=tuple(resolved.seeds),
        previous=None,
    )
    trackers = Trackers(parts, run, previous, warn)
    if parts:
        directory.write_json(TRACKERS, {"format": TRACKERS_FORMAT, "ids": previous | trackers.ids})
    return trackers


def _previous(folder: Path, warn: Warn) -> dict[str, str]:
    """Return the id that each tracker gave the run before; with a warning none if they cannot be read."""
    try:
        return read_tracker_ids(folder)
    except RcmvaeError as error:  # as for a tracker that fails: it must not end the run
        message = f"trackers begin the run again: {error.diagnostics[0].message}"
        warn(Diagnostic("W441", message))
        return {}
