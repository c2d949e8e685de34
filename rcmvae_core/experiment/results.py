"""Writes the results of a trained run: summary, report arrays, reference statistics and report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np

from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.experiment.baselines import baselines
from rcmvae_core.experiment.channels import count
from rcmvae_core.experiment.events import Finished
from rcmvae_core.experiment.measure import measure
from rcmvae_core.experiment.recorder import RunRecorder
from rcmvae_core.experiment.report_writer import write_report
from rcmvae_core.experiment.summary import summarise, with_channels, with_metrics
from rcmvae_core.inference import calibration_labels, model_info, training_reference
from rcmvae_core.inference.calibration import fit_calibration
from rcmvae_core.inference.calibration_metrics import calibration_metrics
from rcmvae_core.inference.ood import OODScorer, build_scorer
from rcmvae_core.inference.report_arrays.build import HeldOut, ReadInputs, ReportBuilder
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.plugin.declaration import Kind
from rcmvae_core.plugin.protocols import ForwardStats
from rcmvae_core.plugin.protocols.figure import ReportData
from rcmvae_core.plugin.protocols.report_arrays import Snapshot
from rcmvae_core.rundir.directory import RunDirectory
from rcmvae_core.rundir.read_only import ReadOnlyRunDirectory
from rcmvae_core.rundir.report_arrays import FOLDER, load_snapshots
from rcmvae_core.rundir.spec_file import RunSpec
from rcmvae_core.runtime.records import RecordError
from rcmvae_core.training.compiled import Programs
from rcmvae_core.training.dry_run import Plan
from rcmvae_core.training.seed_run import Trained
from rcmvae_core.training.setup import Prepared


def write_results(
    spec: RunSpec,
    prepared: Prepared,
    planned: Plan,
    trained: Sequence[Trained],
    *,
    programs: Programs,
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
        programs: which read the inputs.
        directory: the run directory.
        recorder: the metrics and warnings of the run.
        kinds: the plugin kinds of the registry.
        environment: versions and platform, for the report.

    Returns:
        The last event of the run.
    """
    read = programs.feed.inputs_at
    summary = summarise(prepared, planned, trained, recorder.warnings, baselines(prepared, read))
    directory.write_json("summary.json", summary)
    states, seeds = tuple(one.state for one in trained), tuple(one.seed for one in trained)
    model = TrainedModel(spec.resolved, prepared.model, states, seeds, model_info.build_info(prepared))
    reference = _write_reference(model, prepared, directory)
    summary |= _calibrate(model, prepared, trained, directory=directory, recorder=recorder)
    summary = with_channels(summary, [count(prepared, programs, one.state) for one in trained])
    build = ReportBuilder(prepared.model, _held_out(prepared, read), model.describe)
    history = tuple(recorder.history)
    data = [
        ReportData(
            build(one.state, one.outputs, scorer), history, summary, one.seed,
            _snapshots(directory.path, one, recorder),
        )
        for one, scorer in zip(trained, _scorers(prepared, trained, reference), strict=True)
    ]  # fmt: skip
    for one in data:
        directory.write_report_arrays(one.seed, one.arrays)
    parts = spec.resolved.parts.get("metric", ())
    metrics = [measure(parts, one, partial(recorder.warn, one.seed)) for one in data]
    summary = with_metrics(summary, metrics)
    data = [one._replace(summary=summary) for one in data]
    page = write_report(
        spec.resolved, kinds, directory, data, spec_text=spec.text, environment=environment,
        warnings=recorder.warnings, warn=partial(recorder.warn, recorder.seed),
    )  # fmt: skip
    summary |= {"warnings": list(recorder.warnings)}
    directory.write_json("summary.json", summary)
    return Finished(page, summary)


def _held_out(prepared: Prepared, read: ReadInputs) -> HeldOut:
    """Return the inputs that the report is about.

    Args:
        prepared: the data.
        read: returns inputs by index.
    """
    split, dataset = prepared.split, prepared.dataset
    return HeldOut(read, split.test, dataset.labels[split.test], dataset.class_names, split.held_out)


def _scorers(
    prepared: Prepared, trained: Sequence[Trained], reference: Sequence[ForwardStats]
) -> list[OODScorer | None]:
    """Build the scores of each seed alone; None for each without statistics of training inputs.

    Args:
        prepared: data and model.
        trained: the result of every seed.
        reference: the statistics, per seed; empty without scores.
    """
    if not reference:
        return [None] * len(trained)
    taus = [np.asarray(prepared.model.tau(one.state.carry)) for one in trained]
    return [
        build_scorer(prepared.resolved, prepared.context, (stats,), (tau,))
        for stats, tau in zip(reference, taus, strict=True)
    ]


def _snapshots(folder: Path, trained: Trained, recorder: RunRecorder) -> tuple[Snapshot, ...]:
    """Read the snapshots of a seed; if one is corrupt, warn and return none.

    Args:
        folder: the run directory.
        trained: the result of the seed.
        recorder: takes the warning.
    """
    try:
        return load_snapshots(folder, trained.seed, trained.loop_state.epoch)
    except RecordError as error:
        message = f"a snapshot of seed {trained.seed} in `{folder / FOLDER}` cannot be read: {error}"
        help_ = ["the figures of the course of training are left out"]
        recorder.warn(trained.seed, Diagnostic("W441", message, help=help_))
        return ()


def _calibrate(
    model: TrainedModel,
    prepared: Prepared,
    trained: Sequence[Trained],
    *,
    directory: RunDirectory | ReadOnlyRunDirectory,
    recorder: RunRecorder,
) -> dict[str, Any]:
    """Write predictions for the labels that calibrators are fitted to, and try the calibrators on the test data.

    Args:
        model: the trained model.
        prepared: its data.
        trained: the result of every seed.
        directory: the run directory.
        recorder: takes the warning of labels that cannot calibrate.

    Returns:
        An entry of the summary; nothing without calibrators, or with several processes, as of the reference.
    """
    if not model.resolved.parts.get("calibrator") or jax.process_count() > 1:
        return {}
    labels = calibration_labels.compute_calibration_labels(model.forward_stats, prepared)
    warning = calibration_labels.source_warning(None if labels is None else labels.source)
    if warning is not None:
        recorder.warn(recorder.seed, warning)
    if labels is None:
        return {}
    steps = [int(state.step) for state in model.states]
    directory.write_arrays(calibration_labels.NAME, calibration_labels.as_arrays(labels, model.seeds, steps))
    tested = prepared.dataset.labels[prepared.split.test]
    p = np.mean([np.asarray(one.outputs.probabilities) for one in trained], axis=0)[tested >= 0]
    try:
        calibration = fit_calibration(model.resolved, prepared.context, labels)
        calibrated = calibration.apply(p)
    except RcmvaeError as error:  # the model is trained, and can do without
        message = f"predictions are not calibrated: {error.diagnostics[0].message}"
        recorder.warn(recorder.seed, Diagnostic("W434", message))
        return {}
    return {"calibration": calibration_metrics(calibration, p, calibrated, tested[tested >= 0])}


def _write_reference(
    model: TrainedModel, prepared: Prepared, directory: RunDirectory | ReadOnlyRunDirectory
) -> tuple[ForwardStats, ...]:
    """Write the statistics of the training data that out-of-distribution scores compare inputs with.

    With several processes no process holds all of the data, so nothing is written, and `load` computes them.

    Args:
        model: the trained model.
        prepared: its data.
        directory: the run directory.

    Returns:
        The statistics, per seed; empty if none are written.
    """
    if not model.resolved.parts.get("score") or jax.process_count() > 1:
        return ()
    stats = training_reference.compute_reference(model.forward_stats, prepared)
    arrays = training_reference.as_arrays(stats, model.seeds, [int(state.step) for state in model.states])
    directory.write_arrays(training_reference.NAME, arrays)
    return stats
