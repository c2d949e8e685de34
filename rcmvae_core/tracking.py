"""Trackers of a run: told of every epoch; one that fails is told of once, and costs nothing more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rcmvae_core.declarations import load_object
from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.protocols import TrackedRun, Tracker
from rcmvae_core.resolve import Part

Warn = Callable[[Diagnostic], None]


class Trackers:
    """All trackers that a spec names.

    Args:
        parts: the tracker parts.
        run: what they are told of the run.
        previous: what each was called when the run was begun, by name.
        warn: told of a tracker that fails.

    Raises:
        RcmvaeError: if one cannot begin at all, such as for want of its package.
    """

    def __init__(
        self, parts: tuple[Part, ...], run: TrackedRun, previous: Mapping[str, str], warn: Warn
    ) -> None:
        self._warn, self._open = warn, dict[str, Tracker]()
        for part in parts:
            try:
                begin = load_object(part.registered.plugin.impl)
                self._open[part.name] = begin(part.params, run._replace(previous=previous.get(part.name)))
            except RcmvaeError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever a service raises must not cost the run
                self._failed(part.name, error)

    @property
    def ids(self) -> dict[str, str]:
        """What each calls this run."""
        return {name: tracker.id for name, tracker in self._open.items()}

    def epoch(self, seed: int, epoch: int, step: int, metrics: Mapping[str, float]) -> None:
        """Tell of an epoch."""
        self._tell(lambda tracker: tracker.epoch(seed, epoch, step, metrics))

    def finish(self, state: str, summary: Mapping[str, Any] | None) -> None:
        """Tell how the run ended."""
        self._tell(lambda tracker: tracker.finish(state, summary))

    def _tell(self, tell: Callable[[Tracker], None]) -> None:
        for name, tracker in list(self._open.items()):
            try:
                tell(tracker)
            except Exception as error:  # noqa: BLE001 - as above
                self._failed(name, error)

    def _failed(self, name: str, error: Exception) -> None:
        self._open.pop(name, None)
        reason = (str(error).splitlines() or [""])[0]
        message = f"tracker `{name}` failed and is left out from here on: {type(error).__name__}: {reason}"
        self._warn(Diagnostic("W404", message, help=["`metrics.jsonl` has everything all the same"]))
