"""Writes the results of a trained run: summary, report arrays, reference statistics and report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import jax

from rcmvae_core.experiment.events import Finished
from rcmvae_core.experiment.recorder import RunRecorder
from rcmvae_core.experiment.report_writer import write_report
from rcmvae_core.experiment.summary import summarise
from rcmvae_core.inference import model_info, training_reference
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.plugin.declaration import Kind
from rcmvae_core.plugin.protocols.figure import ReportData
from rcmvae_core.rundir.directory import RunDirectory
from rcmvae_core.rundir.read_only import ReadOnlyRunDirectory
from rcmvae_core.rundir.spec_file import RunSpec
from rcmvae_core.training.dry_run import Plan
from rcmvae_core.training.seed_run import Trained
from rcmvae_core.training.setup import Prepared


def write_results(
    spec: RunSpec,
    prepared: Prepared,
    planned: Plan,
    trained: Sequence[Trained],
    *,
    directory: RunDirectory | ReadOnlyRunDirectory,
    recorder: RunRecorder,
    kinds: Mapping[str, Kind],
    environment: Mapping[str, Any],
) -> Finished:
    """Write everything that is known once every seed is trained.

    Args:
        spec: the spec of the run directory.
        prepared: data and model.
        planned: the plan of the run.
        trained: the result of every seed.
        directory: the run directory.
        recorder: the metrics and warnings of the run.
        kinds: the plugin kinds of the registry.
        environment: versions and platform, for the report.

    Returns:
        The last event of the run.
    """
    summary = summarise(prepared, planned, trained, recorder.warnings)
    directory.write_json("summary.json", summary)
    directory.write_report_arrays(trained[0].arrays)
    _write_reference(spec, prepared, trained, directory)
    data = ReportData(trained[0].arrays, tuple(recorder.history), summary)
    page = write_report(
        spec.resolved, kinds, directory, data, spec_text=spec.text, environment=environment,
        warnings=recorder.warnings, warn=partial(recorder.warn, recorder.seed),
    )  # fmt: skip
    if len(recorder.warnings) > len(summary["warnings"]):
        summary |= {"warnings": list(recorder.warnings)}
        directory.write_json("summary.json", summary)
    return Finished(page, summary)


def _write_reference(
    spec: RunSpec,
    prepared: Prepared,
    trained: Sequence[Trained],
    directory: RunDirectory | ReadOnlyRunDirectory,
) -> None:
    """Write the statistics of the training data that out-of-distribution scores compare inputs with.

    With several processes no process holds all of the data, so nothing is written, and `load` computes them.

    Args:
        spec: the spec of the run directory.
        prepared: data and model.
        trained: the result of every seed.
        directory: the run directory.
    """
    if not spec.resolved.parts.get("score") or jax.process_count() > 1:
        return
    states, seeds = tuple(one.state for one in trained), tuple(one.seed for one in trained)
    model = TrainedModel(spec.resolved, prepared.model, states, seeds, model_info.build_info(prepared))
    stats = training_reference.compute_reference(model.forward_stats, prepared)
    arrays = training_reference.as_arrays(stats, seeds, [int(state.step) for state in states])
    directory.write_arrays(training_reference.NAME, arrays)
