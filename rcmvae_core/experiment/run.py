"""Runs an experiment: from a resolved spec to a finished run directory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import jax

from rcmvae_core.data.load import Fitted
from rcmvae_core.errors import Diagnostic, RcmvaeError, RunError
from rcmvae_core.experiment import initial_state
from rcmvae_core.experiment.events import Event, Finished, Resumed, SeedDone
from rcmvae_core.experiment.initial_state import InitialState
from rcmvae_core.experiment.recorder import RunRecorder
from rcmvae_core.experiment.request import RunRequest
from rcmvae_core.experiment.seeds import SeedTrainer
from rcmvae_core.experiment.trackers import Trackers, open_trackers
from rcmvae_core.inference import model_info
from rcmvae_core.plugin.failures import name_plugins
from rcmvae_core.rundir import records, spec_file
from rcmvae_core.rundir.directory import RunDirectory
from rcmvae_core.rundir.read_only import ReadOnlyRunDirectory
from rcmvae_core.rundir.spec_file import RunSpec
from rcmvae_core.runtime import distributed, xla_errors
from rcmvae_core.runtime.environment import environment
from rcmvae_core.training.compiled import Programs, compile_programs
from rcmvae_core.training.data_warnings import data_warnings
from rcmvae_core.training.dry_run import plan
from rcmvae_core.training.events import EpochEnd, FirstStep
from rcmvae_core.training.loop import Interrupted
from rcmvae_core.training.setup import Prepared, prepare


def run(
    request: RunRequest,
    listen: Callable[[Event], None],
    stop: Callable[[], bool] = lambda: False,
) -> Finished:
    """Train what a spec describes and write its run directory.

    Args:
        request: what to train, and where to write it.
        listen: called with each event.
        stop: called after every few steps; True saves and stops.

    Returns:
        The last event.

    Raises:
        RcmvaeError: for an error in the data, the directory or the numbers. A new run that fails before its first step
            leaves no directory, and a resumed one is as it was; later `status.json` says so.
        Interrupted: when `stop` returned True, after the states were saved.
    """
    with _open_directory(request) as directory:
        job = _Run(request, directory, listen)
        try:
            return job.run(stop)
        except BaseException as error:
            if job.is_training:
                # A full disk has no room for the status either, and the first error says more.
                with suppress(RunError):
                    job.recorder.write_status(_failure(error), reason=str(error))
            elif isinstance(directory, RunDirectory) and not job.is_resumed:
                directory.discard()
            translated = xla_errors.as_run_error(error) or name_plugins(error, request.resolved)
            if translated is not None:
                raise translated from None
            raise


def _open_directory(request: RunRequest) -> RunDirectory | ReadOnlyRunDirectory:
    if distributed.is_main_process():
        return RunDirectory(request.out, resume=request.resume)
    return ReadOnlyRunDirectory(request.out)


def _failure(error: BaseException) -> str:
    return "interrupted" if isinstance(error, KeyboardInterrupt | Interrupted) else "failed"


class _Run:
    """One call of `run`.

    Args:
        request: what to train, and where to write it.
        directory: the open run directory.
        listen: called with each event.
    """

    def __init__(
        self,
        request: RunRequest,
        directory: RunDirectory | ReadOnlyRunDirectory,
        listen: Callable[[Event], None],
    ) -> None:
        self.request, self.directory, self.is_training = request, directory, False
        self.is_resumed = request.resume and (directory.path / spec_file.NAME).is_file()
        self.environment = environment(jax.default_backend())
        self.recorder = RunRecorder(request.resolved, directory, self._on_event)
        self._listen = listen

    def run(self, stop: Callable[[], bool]) -> Finished:
        """Train every seed and write everything.

        Returns:
            The path of the report and the summary.
        """
        spec = self._open_spec()
        prepared = prepare(spec.resolved, self.request.dataset, self._fitted())
        spec = spec_file.fix_label_revision(
            spec, prepared.split.revision, self.request.registry, self.directory
        )
        shape = prepared.context.input_shape
        spec = spec_file.fix_choices(spec, shape, self.request.registry, self.directory)
        planned = plan(prepared)
        self.recorder(planned)
        for warning in data_warnings(prepared):
            self.recorder.warn(self.recorder.seed, warning)
        programs = compile_programs(prepared)
        facts = initial_state.run_facts(spec.text, prepared, programs, self.environment)
        # The other processes read the checkpoints only after the main process has locked the directory, and no process
        # trains before all have read theirs.
        distributed.barrier("spec written")
        initial = self._initial_states(prepared, programs, facts)
        # Only now, because what is refused up to here leaves a run as it was.
        self.directory.write_json("model.json", model_info.as_json(model_info.build_info(prepared)))
        self.recorder.write_status("running", epoch=0)
        self.is_training = self.is_resumed
        distributed.barrier("initial states read")
        trackers = self._open_trackers(spec)
        try:
            trainer = SeedTrainer(
                prepared, programs, self.directory, facts=facts, recorder=self.recorder, trackers=trackers
            )
            trained = trainer.train(initial, stop)
            from rcmvae_core.experiment.results import write_results  # noqa: PLC0415 - the first step needs no figures

            finished = write_results(
                spec, prepared, planned, trained, programs=programs, directory=self.directory, recorder=self.recorder,
                kinds=self.request.registry.kinds, environment=self.environment,
            )  # fmt: skip
            distributed.barrier("results written")
        except BaseException as error:
            trackers.finish(_failure(error), None)
            raise
        trackers.finish("done", finished.summary)
        self.recorder.write_status("done", epoch=spec.resolved.train.epochs)
        self.recorder(finished)
        return finished

    def _on_event(self, event: Event) -> None:
        """Pass on an event; from the first step on, or the first result, a new run is kept."""
        self.is_training |= isinstance(event, FirstStep | EpochEnd | SeedDone)
        self._listen(event)

    def _fitted(self) -> Fitted | None:
        """Return what the model of the run to continue from was fitted to; None for a model of its own."""
        path = self.directory.path
        origin = initial_state.read_start_from(path) or self.request.start_from
        folder = path if origin is None else origin.run
        has_model = (folder / "model.json").exists() and (origin is not None or self.request.resume)
        if not has_model:
            return None
        try:
            return model_info.read(folder / "model.json").fitted
        except RcmvaeError as error:
            if origin is not None:
                raise
            # The same data give the same; the checkpoints say whether these are the same data.
            self._warn_rebuilt(f"{error.diagnostics[0].message}; it is made again from the data")
            return None

    def _warn_rebuilt(self, message: str) -> None:
        self.recorder.warn(self.recorder.seed, Diagnostic("W441", message))

    def _open_spec(self) -> RunSpec:
        """Write the spec of a new run, or check that of a resumed one.

        Returns:
            The resolved spec and its text.
        """
        request, path = self.request, self.directory.path
        if self.is_resumed:
            return spec_file.check_spec(request.resolved, request.registry, path)
        if request.start_from is not None:
            values = initial_state.as_json(request.start_from)
            self.directory.write_json(records.START_FROM, values)
        return spec_file.write_spec(request.resolved, request.registry, self.directory, self.environment)

    def _initial_states(
        self, prepared: Prepared, programs: Programs, facts: Mapping[str, Any]
    ) -> dict[int, InitialState]:
        """Return the state of each seed that continues from a checkpoint, of this run or of another one.

        Args:
            prepared: data and model.
            programs: the compiled functions.
            facts: what the numbers depend on.
        """
        path, warn, states = self.directory.path, self.recorder.warn, dict[int, InitialState]()
        if self.request.resume:
            allow = self.request.allow_edited
            states = initial_state.resume_states(path, prepared, programs, facts, warn, allow_edited=allow)
        steps = {seed: int(state.step) for seed, (state, _) in states.items()}
        start_from = initial_state.read_start_from(path) or self.request.start_from
        if start_from is not None:
            others = tuple(seed for seed in prepared.resolved.seeds if seed not in states)
            states |= initial_state.start_states(start_from, prepared, programs, others, warn)
        self._warn_of_rows()
        self.recorder.history = self.directory.truncate_metrics(steps)
        if self.request.resume and steps:
            spec_file.record_resumed(prepared.resolved, self.directory, self.environment, steps)
        if states:
            self.recorder(Resumed({seed: loop_state.epoch for seed, (_, loop_state) in states.items()}))
        return states

    def _warn_of_rows(self) -> None:
        """Warn of rows of `metrics.jsonl` that cannot be read, and are removed."""
        path = self.directory.path / records.METRICS
        _, unreadable = records.read_rows(path) if path.is_file() else ((), 0)
        if unreadable:
            self._warn_rebuilt(
                f"`{path}` has {unreadable} lines that are no rows of metrics; they are removed"
            )

    def _open_trackers(self, spec: RunSpec) -> Trackers:
        return open_trackers(
            spec.resolved,
            self.request.registry.kinds,
            self.directory,
            lambda diagnostic: self.recorder.warn(self.recorder.seed, diagnostic),
        )
