"""Computes the metrics that a spec names, for `rcmvae evaluate`: from predictions, and from the stored arrays of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rcmvae_core.cli.diagnostics import print_diagnostics
from rcmvae_core.errors import Diagnostic, RcmvaeError, fail, quoted
from rcmvae_core.experiment.measure import measure
from rcmvae_core.experiment.summary import mean_metrics
from rcmvae_core.inference.evaluation import Evaluation
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.plugin.metric_declarations import PREDICTIONS, direction
from rcmvae_core.plugin.protocols.figure import ReportData
from rcmvae_core.plugin.protocols.report_arrays import ReportArrays
from rcmvae_core.plugin.resolved import ResolvedPart
from rcmvae_core.rundir.records import SUMMARY
from rcmvae_core.rundir.report_data import read_report_data


def named_metrics(trained: TrainedModel, tested: Evaluation, test_data: str) -> dict[str, Any]:
    """Compute the metrics that the spec names, and print a warning about those that are left out.

    Those of predictions are of all seeds together. The others read arrays that the run stored of its test inputs, one
    seed at a time; like the results of the run they are the mean over the seeds.

    Args:
        trained: the model.
        tested: labels and predictions of the test data.
        test_data: the fingerprint of the test data.

    Returns:
        `metrics`: value, unit and better direction by name, and `seeds` of those that are means; nothing if there are
        none.
    """
    failed: list[Diagnostic] = []
    parts = trained.resolved.parts.get("metric", ())
    of_predictions = [part for part in parts if PREDICTIONS in part.capabilities().provides]
    others = [part for part in parts if part not in of_predictions]
    rows = _rows(of_predictions, measure(of_predictions, report_data(tested), failed.append), {})
    if others:
        try:
            data = _stored(trained, test_data)
        except RcmvaeError as error:
            failed += [_left_out(others, diagnostic) for diagnostic in error.diagnostics]
        else:
            values = mean_metrics([measure(others, each, failed.append) for each in data])
            rows |= _rows(others, values, {"seeds": [each.seed for each in data]})
    print_diagnostics(dict.fromkeys(failed))
    return {"metrics": rows} if rows else {}


def report_data(tested: Evaluation) -> ReportData:
    """Return what figures and metrics of predictions read."""
    return ReportData(ReportArrays(tested.labels, tested.probabilities, tested.class_names), (), {})


def _rows(
    parts: Sequence[ResolvedPart], values: Mapping[str, float], more: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Return value, unit and better direction by name.

    Args:
        parts: the metrics.
        values: of them, by name.
        more: what else each row has.
    """
    plugins = {part.name: part.registered.plugin for part in parts}
    rows: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        plugin = plugins[name.partition("/")[0]]
        rows[name] = {"value": value, "unit": plugin.unit, "better": direction(plugin), **more}
    return rows


def _stored(trained: TrainedModel, test_data: str) -> list[ReportData]:
    """Return the stored arrays of each seed of the model.

    Args:
        trained: the model.
        test_data: the fingerprint of the test data.

    Raises:
        RcmvaeError: E425 or E440 if there are none, or if they are of other test data.
    """
    folder = trained.folder
    if folder is None or not (folder / SUMMARY).is_file():
        fail("E425", f"`{folder}` is not a run that is done, so it has no arrays of its test data")
    data = [each for each in read_report_data(folder) if each.seed in trained.seeds]
    if not data or data[0].summary.get("test_data") not in (None, test_data):
        fail("E425", f"`{folder}` has arrays of other test data than these")
    return data


def _left_out(parts: Sequence[ResolvedPart], reason: Diagnostic) -> Diagnostic:
    """Return the warning that the results lack metrics.

    Args:
        parts: the metrics.
        reason: why.
    """
    message = f"the results lack the metrics {quoted([part.name for part in parts])}: {reason.message}"
    return Diagnostic("W490", message, help=("the metrics of predictions are computed", *reason.help))
