"""A resolved spec to a finished run directory: train every seed, write everything, draw the report."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, NamedTuple

import jax

from rcmvae_core import beginnings, distributed, lockfile, run_spec, rundir, xla_errors
from rcmvae_core.beginnings import Begin, Origin
from rcmvae_core.diagnostics import ReportData
from rcmvae_core.errors import Diagnostic, RunError
from rcmvae_core.events import Event, Finished, Resumed, SeedDone
from rcmvae_core.inference import reference, sizes
from rcmvae_core.inference.trained import TrainedModel
from rcmvae_core.onlooker import Onlooker
from rcmvae_core.protocols import Dataset, TrackedRun
from rcmvae_core.registry import Registry
from rcmvae_core.reporting import write_report
from rcmvae_core.resolve import ResolvedSpec
from rcmvae_core.resolved_toml import document
from rcmvae_core.summary import summarise
from rcmvae_core.tracking import Trackers
from rcmvae_core.training import restore
from rcmvae_core.training.keeper import Keeper, Policy
from rcmvae_core.training.loop import Begun, Interrupted, Row, Task, Trained, Warned, train
from rcmvae_core.training.plan import Plan, plan
from rcmvae_core.training.prepare import Prepared, prepare
from rcmvae_core.training.programs import Programs, compile_programs, fresh
from rcmvae_core.training.state import TrainState


class Request(NamedTuple):
    """What to run, and how.

    Args:
        resolved: the checked spec.
        registry: what it was checked against.
        out: the run directory.
        dataset: the data set of a spec that names data `arrays`.
        resume: go on with the run that `out` holds; where it holds none, begin it.
        origin: the run in whose last state this one begins; None begins from nothing.
    """

    resolved: ResolvedSpec
    registry: Registry
    out: Path
    dataset: Dataset | None = None
    resume: bool = False
    origin: Origin | None = None


def run(
    request: Request,
    listen: Callable[[Event], None],
    stop: Callable[[], bool] = lambda: False,
) -> Finished:
    """Train what a spec describes and write its run directory.

    Args:
        request: what to run.
        listen: called with each event.
        stop: asked after every few steps whether to save and stop.

    Raises:
        RcmvaeError: if the data, the directory or the numbers do not allow it; `status.json` says so.
        Interrupted: when `stop` asked for it; what was reached is saved.
    """
    with _directory(request) as directory:
        try:
            return _Experiment(request, directory, listen).run(stop)
        except BaseException as error:
            interrupted = isinstance(error, KeyboardInterrupt | Interrupted)
            # A disk that is full has no room for the status either, and its own error says more.
            with suppress(RunError):
                directory.write_status("interrupted" if interrupted else "failed", reason=str(error))
            translated = xla_errors.in_words(error)
            if translated is not None:
                raise translated from None
            raise


def _directory(request: Request) -> rundir.RunDirectory | Onlooker:
    if distributed.is_first():
        return rundir.RunDirectory(request.out, resume=request.resume)
    return Onlooker(request.out)


class _Experiment:
    """One call of `run`: what it was asked, and what it gathers on the way."""

    def __init__(
        self,
        request: Request,
        directory: rundir.RunDirectory | Onlooker,
        listen: Callable[[Event], None],
    ) -> None:
        self.request, self.directory, self.tell = request, directory, listen
        self.resolved, self.kinds = request.resolved, request.registry.kinds
        self.versions = lockfile.environment(jax.default_backend())
        self.history: list[dict[str, float]] = []
        self.warnings = [f"{d.code}: {d.message}" for d in self.resolved.warnings]
        self.seed = self.resolved.seeds[0]

    def run(self, stop: Callable[[], bool]) -> Finished:
        """Everything, from the data to the report."""
        spec = self._claim()
        prepared = prepare(spec.resolved, self.request.dataset)
        spec = run_spec.pin(spec, prepared.split.revision, self.request.registry, self.directory)
        self.resolved, self.spec_text = spec.resolved, spec.text
        self.directory.write_json("model.json", sizes.as_json(sizes.sizes_of(prepared)))
        planned = plan(prepared)
        self.tell(planned)
        programs = compile_programs(prepared)
        facts = beginnings.facts(self.spec_text, prepared, programs, self.versions)
        distributed.barrier("claimed")
        begins = self._begins(prepared, programs, facts)
        distributed.barrier("begun")
        trackers = self._trackers()
        try:
            trained = self._train(prepared, programs, begins, facts=facts, trackers=trackers, stop=stop)
            finished = self._finish(prepared, planned, trained)
            distributed.barrier("done")
        except BaseException as error:
            interrupted = isinstance(error, KeyboardInterrupt | Interrupted)
            trackers.finish("interrupted" if interrupted else "failed", None)
            raise
        trackers.finish("done", finished.summary)
        self.directory.write_status("done", epoch=self.resolved.train.epochs)
        self.tell(finished)
        return finished

    def _claim(self) -> run_spec.RunSpec:
        goes_on = self.request.resume and (self.directory.path / run_spec.NAME).is_file()
        if self.request.origin is not None and not goes_on:
            self.directory.write_json(beginnings.ORIGIN, beginnings.as_json(self.request.origin))
        spec = run_spec.claim(
            self.resolved, self.request.registry, self.directory, self.versions, goes_on=goes_on
        )
        self.directory.write_status("running", epoch=0)
        return spec

    def _begins(self, prepared: Prepared, programs: Programs, facts: Mapping[str, Any]) -> dict[int, Begin]:
        """Where each seed goes on that was begun before, here or in another run."""

        def warn(seed: int, diagnostic: Diagnostic) -> None:
            self._listen(Warned(seed, diagnostic))

        folder, found = self.directory.path, dict[int, Begin]()
        if self.request.resume:
            found = beginnings.interrupted(folder, prepared, programs, facts, warn)
        self.history = self.directory.keep_rows({seed: int(state.step) for seed, (state, _) in found.items()})
        origin = beginnings.read_origin(folder) or self.request.origin
        if origin is not None:
            rest = tuple(seed for seed in self.resolved.seeds if seed not in found)
            found |= beginnings.continued(origin, prepared, programs, rest, warn)
        if found:
            self.tell(Resumed({seed: journal.epoch for seed, (_, journal) in found.items()}))
        return found

    def _trackers(self) -> Trackers:
        name = "trackers.json"
        path = self.directory.path / name
        known: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        parts = self.resolved.parts.get("tracker", ()) if distributed.is_first() else ()
        run = TrackedRun(
            name=self.resolved.name,
            folder=self.directory.path.absolute(),
            spec=document(self.resolved, self.kinds),
            seeds=tuple(self.resolved.seeds),
            previous=None,
        )
        trackers = Trackers(parts, run, known, lambda diagnostic: self._listen(Warned(self.seed, diagnostic)))
        if parts:
            self.directory.write_json(name, known | trackers.ids)
        return trackers

    def _train(
        self,
        prepared: Prepared,
        programs: Programs,
        begins: Mapping[int, Begin],
        *,
        facts: dict[str, Any],
        trackers: Trackers,
        stop: Callable[[], bool],
    ) -> list[Trained]:
        """Every seed, one after the other or all together."""

        def listen(event: Begun | Row | Warned) -> None:
            self._listen(event)
            if isinstance(event, Row):
                trackers.epoch(*event)

        seeds, trained = self.resolved.seeds, list[Trained]()
        together = self.resolved.train.ensemble == "together"
        for group in [seeds] if together else [(seed,) for seed in seeds]:
            self.seed = group[0]
            with ExitStack() as stack:
                tasks = [
                    self._task(prepared, programs, seed, begins.get(seed), facts=facts, stack=stack)
                    for seed in group
                ]
                done = train(prepared, programs, tasks, listen, stop=stop)
            trained += done
            for one in done:
                self.tell(SeedDone(one.seed, one.validation, one.test, one.journal.seconds))
        return trained

    def _task(
        self,
        prepared: Prepared,
        programs: Programs,
        seed: int,
        begin: Begin | None,
        *,
        facts: dict[str, Any],
        stack: ExitStack,
    ) -> Task:
        table, folder = self.resolved.train, self.directory.checkpoints(seed)
        policy = Policy(table.keep_last, table.keep_best, table.checkpoint_seconds)
        keeper = (
            Keeper(folder, policy, facts, self.directory.sync_metrics) if distributed.is_first() else None
        )
        if keeper is not None:
            stack.callback(keeper.close)

        def best(step: int) -> TrainState:
            if keeper is not None:
                keeper.settle()
            distributed.barrier(f"best of seed {seed}")
            return restore.best(folder, fresh(prepared, programs, seed), step)

        return Task(seed, begin, keeper, best)

    def _listen(self, event: Begun | Row | Warned) -> None:
        """Put on record what is to be kept, and pass it on."""
        match event:
            case Row(seed, epoch, step, metrics):
                values = {"seed": seed, "epoch": epoch, "step": step, **metrics}
                self.history.append(values)
                self.directory.append_metrics(values, seed, step)
                self.directory.write_status("running", seed=seed, epoch=epoch)
            case Warned(seed, diagnostic):
                self.warnings.append(f"{diagnostic.code}, seed {seed}: {diagnostic.message}")
            case Begun():
                pass
        self.tell(event)

    def _finish(self, prepared: Prepared, planned: Plan, trained: list[Trained]) -> Finished:
        summary = summarise(prepared, planned, trained, self.warnings)
        self.directory.write_json("summary.json", summary)
        self.directory.write_diagnostics(trained[0].diagnostics)
        self._refer(prepared, trained)
        data = ReportData(trained[0].diagnostics, tuple(self.history), summary)
        page = write_report(
            self.resolved, self.kinds, self.directory, data, spec_text=self.spec_text, facts=self.versions,
            warnings=self.warnings,
        )  # fmt: skip
        return Finished(page, summary)

    def _refer(self, prepared: Prepared, trained: list[Trained]) -> None:
        """Put on record what inputs are compared with; of several processes none holds all, and `load` asks the data."""
        if not self.resolved.parts.get("score") or jax.process_count() > 1:
            return
        states, seeds = tuple(one.state for one in trained), tuple(one.seed for one in trained)
        known = sizes.sizes_of(prepared)
        found = reference.refer(TrainedModel(self.resolved, prepared.model, states, seeds, known), prepared)
        arrays = reference.arrays_of(found, seeds, [int(state.step) for state in states])
        self.directory.write_arrays(reference.NAME, arrays)


def default_folder(name: str, root: Path = Path("runs")) -> Path:
    """`runs/NAME-DATE-TIME`, or the first such name with a number that is free."""
    stem = f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"
    folder, number = root / stem, 2
    while folder.exists():
        folder, number = root / f"{stem}-{number}", number + 1
    return folder
