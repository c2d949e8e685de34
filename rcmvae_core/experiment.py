"""A resolved spec to a finished run directory: train every seed, write everything, draw the report."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import jax

from rcmvae_core import report, rundir
from rcmvae_core.declarations import Kind, load_object
from rcmvae_core.diagnostics import ReportData
from rcmvae_core.discovery import record_hashes
from rcmvae_core.errors import Diagnostic, RunError
from rcmvae_core.protocols import Dataset
from rcmvae_core.registry import Registry
from rcmvae_core.resolve import Part, ResolvedSpec
from rcmvae_core.resolved_toml import document, dumps, table
from rcmvae_core.training import checkpoints
from rcmvae_core.training.loop import Row, Trained, compile_programs, train
from rcmvae_core.training.plan import Plan, plan
from rcmvae_core.training.prepare import Prepared, prepare


class SeedDone(NamedTuple):
    """A seed was trained and judged."""

    seed: int
    validation: dict[str, float]
    test: dict[str, float]
    seconds: float


class Finished(NamedTuple):
    """The run directory is complete."""

    report: Path
    summary: dict[str, Any]


Event = Plan | Row | SeedDone | Finished


def run(
    resolved: ResolvedSpec,
    registry: Registry,
    out: Path,
    listen: Callable[[Event], None],
    dataset: Dataset | None = None,
) -> Finished:
    """Train what a spec describes and write its run directory.

    Args:
        resolved: the checked spec.
        registry: what it was checked against.
        out: the run directory; must be new or empty.
        listen: called with each event.
        dataset: the data set of a spec that names data `arrays`.

    Raises:
        RcmvaeError: if the data, the directory or the numbers do not allow it; `status.json` says so.
    """
    with rundir.RunDirectory(out) as directory:
        try:
            return _run(resolved, registry, directory, listen, dataset)
        except BaseException as error:
            interrupted = isinstance(error, KeyboardInterrupt)
            # A disk that is full has no room for the status either, and its own error says more.
            with suppress(RunError):
                directory.write_status("interrupted" if interrupted else "failed", reason=str(error))
            if isinstance(error, jax.errors.JaxRuntimeError) and "RESOURCE_EXHAUSTED" in str(error):
                raise _too_large(error) from None
            raise


def _too_large(error: BaseException) -> RunError:
    what = str(error).splitlines()[0].removeprefix("RESOURCE_EXHAUSTED: ")
    help_ = ["`rcmvae run SPEC --dry-run` shows the shapes; make `latent`, `hidden` or `batch_size` smaller"]
    return RunError([Diagnostic("E402", f"the model does not fit the memory: {what}", help=help_)])


def _run(
    resolved: ResolvedSpec,
    registry: Registry,
    directory: rundir.RunDirectory,
    listen: Callable[[Event], None],
    dataset: Dataset | None,
) -> Finished:
    spec_text = dumps(document(resolved, registry.kinds))
    facts = rundir.environment(jax.default_backend())
    directory.write_text("spec.toml", spec_text)
    directory.write_text(
        "run.lock.toml", rundir.lock(resolved, facts, record_hashes(resolved.distributions()))
    )
    directory.write_status("running", epoch=0)
    prepared = prepare(resolved, dataset)
    planned = plan(prepared)
    listen(planned)
    programs = compile_programs(prepared)
    history: list[dict[str, float]] = []

    def on_epoch(row: Row) -> None:
        values = {"seed": row.seed, "epoch": row.epoch, "step": row.step, **row.metrics}
        history.append(values)
        directory.append_metrics(values, row.seed, row.step)
        directory.write_status("running", seed=row.seed, epoch=row.epoch)
        listen(row)

    trained: list[Trained] = []
    for seed in resolved.seeds:
        one = train(prepared, programs, seed, on_epoch)
        directory.save_checkpoint(
            f"seed-{seed}", lambda folder, state=one.state: checkpoints.save(folder, state)
        )
        trained.append(one)
        listen(SeedDone(seed, one.validation, one.test, one.seconds))
    summary = summarise(prepared, planned, trained)
    directory.write_json("summary.json", summary)
    directory.write_diagnostics(trained[0].diagnostics)
    data = ReportData(trained[0].diagnostics, tuple(history), summary)
    page = _report(resolved, registry.kinds, directory, data, spec_text=spec_text, facts=facts)
    directory.write_status("done", epoch=resolved.train.epochs)
    finished = Finished(page, summary)
    listen(finished)
    return finished


def summarise(prepared: Prepared, planned: Plan, trained: Sequence[Trained]) -> dict[str, Any]:
    """`summary.json`: each seed's result, their mean and standard deviation, and what was learnt from."""
    splits = ("validation", "test")
    return {
        "name": prepared.resolved.name,
        "epochs": prepared.resolved.train.epochs,
        "parameters": planned.parameters,
        "training": len(prepared.split.train),
        "validation": len(prepared.split.validation),
        "test": len(prepared.split.test),
        "labels": len(prepared.split.labelled),
        "seeds": [
            {"seed": t.seed, "validation": t.validation, "test": t.test, "seconds": t.seconds}
            for t in trained
        ],
        "mean": {split: _over([getattr(t, split) for t in trained], _mean) for split in splits},
        "std": {split: _over([getattr(t, split) for t in trained], _std) for split in splits},
    }


def _over(rows: Sequence[Mapping[str, float]], reduce: Callable[[list[float]], float]) -> dict[str, float]:
    return {name: reduce([row[name] for row in rows]) for name in rows[0]}


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


def _std(values: list[float]) -> float:
    """Of the sample; zero for a single value."""
    mean = _mean(values)
    return math.sqrt(math.fsum((v - mean) ** 2 for v in values) / max(1, len(values) - 1))


def _report(
    resolved: ResolvedSpec,
    kinds: Mapping[str, Kind],
    directory: rundir.RunDirectory,
    data: ReportData,
    *,
    spec_text: str,
    facts: Mapping[str, Any],
) -> Path:
    figures = [_figure(part, data) for part in resolved.parts.get("figure", ())]
    for named in figures:
        if not isinstance(named.figure, str):
            directory.write_figure(f"{named.name}.svg", report.draw(named.figure))
    view = report.RunView(
        name=resolved.name,
        state="done",
        summary=data.summary,
        spec_text=spec_text,
        parts=[_part_view(p, kinds) for group in resolved.parts.values() for p in group if p.kind != "figure"],
        environment={**{k: str(v) for k, v in facts["versions"].items()}, "python": facts["python"],
                     "platform": facts["platform"], "backend": facts["backend"]},
        warnings=[f"{d.code}: {d.message}" for d in resolved.warnings],
    )  # fmt: skip
    return directory.write_text("report.html", report.render(view, figures))


def _figure(part: Part, data: ReportData) -> report.NamedFigure:
    plugin = part.registered.plugin
    title = part.name.replace("_", " ").capitalize()
    try:
        with report.inked():
            figure = load_object(plugin.impl)(part.params, data)
    except Exception as error:  # noqa: BLE001 - a broken figure must not cost a trained run its report
        figure = f"{type(error).__name__}: {error}"
    return report.NamedFigure(part.name, title, plugin.summary, figure)


def _part_view(part: Part, kinds: Mapping[str, Kind]) -> report.Part:
    plugin, distribution = part.registered
    values = table(part.params, kinds) | (table(part.keys, kinds) if part.keys else {})
    return report.Part(
        plugin.kind, plugin.name, distribution.name, distribution.version, values, part.label or None
    )


def default_folder(name: str, root: Path = Path("runs")) -> Path:
    """`runs/NAME-DATE-TIME`, or the first such name with a number that is free."""
    stem = f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"
    folder, number = root / stem, 2
    while folder.exists():
        folder, number = root / f"{stem}-{number}", number + 1
    return folder
