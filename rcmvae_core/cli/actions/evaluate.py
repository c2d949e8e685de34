"""Evaluates a run's model on its test data and on out-of-distribution inputs."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib.figure import Figure

from rcmvae_core.cli.actions.load_run import load_run
from rcmvae_core.cli.diagnostics import print_diagnostics
from rcmvae_core.cli.output import show
from rcmvae_core.cli.run_arguments import added
from rcmvae_core.cli.streams import print_lines, printable
from rcmvae_core.data.source_paths import source_paths
from rcmvae_core.data.split import Split
from rcmvae_core.errors import Diagnostic, fail
from rcmvae_core.experiment.measure import measure
from rcmvae_core.experiment.report_figures import build_figure, missing_figure
from rcmvae_core.inference.class_metrics import ClassMetrics, as_json, never_predicted
from rcmvae_core.inference.data_files import load_run_split, naming_missing_data, open_dataset
from rcmvae_core.inference.data_readers import formats
from rcmvae_core.inference.evaluation import (
    Evaluation,
    classification_metrics,
    evaluate,
    metrics_by_class,
    ood_metrics,
)
from rcmvae_core.inference.metrics import auroc
from rcmvae_core.inference.predictions import Predictions
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.inference.training_reference import DatasetSubset
from rcmvae_core.plugin.declaration import load_object
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.metric_declarations import PREDICTIONS, direction
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.plugin.protocols.figure import NotApplicable, Plot, ReportData
from rcmvae_core.plugin.protocols.report_arrays import ReportArrays
from rcmvae_core.report.drawing import draw
from rcmvae_core.report.histograms import score_histograms
from rcmvae_core.rundir.report_data import read_report_data
from rcmvae_core.runtime.atomic_files import replace_files
from rcmvae_core.runtime.outputs import check_outputs, refuse_links
from rcmvae_core.runtime.user_files import exists

_PREDICTIONS = "figure.predictions"
"""The token of figures that need only labels and predictions."""
_TITLES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "average_precision": "average precision",
    "ece": "ECE",
    "negative_log_likelihood": "NLL",
    "aurc": "AURC",
}
_RESULT = "evaluation.json"
_LISTED = 30
"""Classes in the table of the text at most; all are in the JSON document."""


class OODPredictions(NamedTuple):
    """Predictions for out-of-distribution inputs, and where these come from."""

    source: str
    predictions: Predictions


def main(options: argparse.Namespace) -> int:
    """Predict, compute the metrics, print them and write the files."""
    _check(options, [_RESULT], [])
    trained = load_run(options, _settings(options))
    dataset, split, _ = load_run_split(trained.resolved, trained.info)
    tested = evaluate(trained, dataset, split.test)
    classes = metrics_by_class(tested)
    metrics: dict[str, Any] = {
        "inputs": len(split.test),
        **classification_metrics(tested),
        **_spec_metrics(trained, tested),
        **({"classes": [as_json(each) for each in classes]} if classes else {}),
    }
    ood = _predict_ood(trained, options, dataset, split)
    if ood is not None:
        metrics["ood"] = {
            "against": ood.source,
            "inputs": len(ood.predictions.labels),
            "decides": trained.ood_scorer.deciding,
            "scores": ood_metrics(trained, tested.predictions, ood.predictions),
        }
    if options.out is not None:
        figures = dict(_figures(trained, tested, None if ood is None else ood.predictions, options))
        contents = dict(_contents(metrics, figures))
        _check(options, contents, source_paths(trained.resolved.if_available("data")))
        replace_files(options.out, contents, "choose another -o DIR")
        print_lines([str(options.out / _RESULT)])
    show(metrics, options, as_text)
    if tested.new:
        print_diagnostics([_new_classes(tested.new)])
    if missed := [each for each in never_predicted(classes) if each.name not in tested.new]:
        print_diagnostics([_missed(missed)])
    return 0


def _settings(options: argparse.Namespace) -> list[str]:
    """Return settings that add the scores and figures of the options, and with `--out` the built-in figures of predictions."""
    built_in = [
        each.plugin.name for each in discover().defaults("figure") if _PREDICTIONS in each.plugin.provides
    ]
    figures = [*built_in, *options.figures] if options.out is not None else []
    return [*added("score", options.scores), *added("figure", figures)]


def _spec_metrics(trained: TrainedModel, tested: Evaluation) -> dict[str, Any]:
    """Compute the metrics of predictions that the spec names, and print a warning about each that fails.

    Args:
        trained: the model.
        tested: labels and predictions of the test data.

    Returns:
        `metrics`: value, unit and better direction by name; nothing if there are none.
    """
    failed: list[Diagnostic] = []
    values = measure(trained.resolved, _report_data(tested), failed.append, token=PREDICTIONS)
    print_diagnostics(failed)
    plugins = {part.name: part.registered.plugin for part in trained.resolved.parts.get("metric", ())}
    rows: dict[str, Any] = {}
    for name, value in values.items():
        plugin = plugins[name.partition("/")[0]]
        rows[name] = {"value": value, "unit": plugin.unit, "better": direction(plugin)}
    return {"metrics": rows} if rows else {}


def _report_data(tested: Evaluation) -> ReportData:
    """Return what figures and metrics of predictions read."""
    return ReportData(ReportArrays(tested.labels, tested.probabilities, tested.class_names), (), {})


def _missed(classes: Sequence[ClassMetrics]) -> Diagnostic:
    """Return the warning about classes that occur and are never predicted."""
    named = ", ".join(f"`{each.name}` ({each.support} inputs)" for each in classes[:_LISTED])
    help_ = [
        "see the average precision of the class: if it is well above its share, a lower threshold finds it",
        'otherwise give more labels of it, or train with `class_weight = "balanced"`',
    ]
    return Diagnostic("W422", f"never predicted: {named}", help=tuple(help_))


def _new_classes(new: Mapping[str, int]) -> Diagnostic:
    """Return the warning about classes that the data have and the model was not trained with."""
    named = ", ".join(f"`{name}` ({count} inputs)" for name, count in list(new.items())[:_LISTED])
    message = f"the model was not trained with classes of its data, whose inputs count as wrong: {named}"
    help_ = ["train again to predict them; `rcmvae learn --warm-start` starts from this model"]
    return Diagnostic("W413", message, help=tuple(help_))


def _predict_ood(
    trained: TrainedModel, options: argparse.Namespace, dataset: Dataset, split: Split
) -> OODPredictions | None:
    """Predict the out-of-distribution inputs that the options name, or else the held-out classes.

    Args:
        trained: the model.
        options: of the verb.
        dataset: the data set of the run.
        split: its split.

    Returns:
        The predictions; None if there are no such inputs.
    """
    if options.against is None:
        if not len(split.held_out):
            return None
        names = ", ".join(trained.resolved.one("data").keys.held_out_classes)
        predictions = trained.predict(DatasetSubset(dataset, split.held_out))
        return OODPredictions(f"held-out classes {names}", predictions)
    path = Path(options.against)
    if not exists(path):
        other = _load_plugin(options.against)
        return OODPredictions(options.against, trained.predict(DatasetSubset(other, other.test)))
    run_data = trained.resolved.if_available("data")
    with (
        naming_missing_data(trained.resolved),
        open_dataset(path, trained.info, array=options.array, run_data=run_data) as opened,
    ):
        return OODPredictions(options.against, trained.predict(opened.inputs))


def _load_plugin(name: str) -> Dataset:
    """Load the data set of a data plugin with its default parameters.

    Returns:
        The data set.

    Raises:
        RcmvaeError: E305 if there is no such plugin, or it has a parameter without a default.
    """
    registry = discover()
    claims = registry.claims("data", name)
    if not claims:
        help_ = [
            "give a folder of images, a .npy, .npz, .csv or IDX file, or the name of a data plugin"
            + formats(registry)
        ]
        fail("E305", f"`{name}` is neither a file or folder nor a data plugin", help=help_)
    plugin = claims[0].plugin
    try:
        params = registry.parameters(plugin)()
    except TypeError:
        message = f"data `{name}` cannot be used by its name alone: it has required parameters"
        fail("E305", message, help=["give a file or a folder"])
    return load_object(plugin.impl)(params)


def _figures(
    trained: TrainedModel, tested: Evaluation, ood: Predictions | None, options: argparse.Namespace
) -> Iterator[tuple[str, Figure]]:
    """Draw the figures of predictions, the figures of `--figure`, and a histogram of each out-of-distribution score.

    Args:
        trained: the model.
        tested: labels and predictions of the test data.
        ood: predictions for out-of-distribution inputs.
        options: of the verb.

    Yields:
        The name of each figure, and the figure; one that cannot be drawn is left out with a warning.
    """
    for part in trained.resolved.parts.get("figure", ()):
        if _PREDICTIONS in part.capabilities().provides:
            data = _report_data(tested)
        elif part.name in options.figures:
            data = read_report_data(options.run)[0]
        else:
            continue
        try:
            built = build_figure(part, data)
            if isinstance(built, NotApplicable):
                continue
            figure = built.figure if isinstance(built, Plot) else built
            draw(figure)
        except Exception as error:  # noqa: BLE001 - a figure that fails must not cost the others
            print_diagnostics([missing_figure(part, f"{type(error).__name__}: {error}")])
        else:
            yield part.name, figure
    if ood is not None and ood.scores:
        scores = tested.predictions.scores
        titles = {name: f"{name}: AUROC {auroc(scores[name], ood.scores[name]):.4f}" for name in scores}
        yield "scores", score_histograms(scores, ood.scores, trained.ood_scorer.thresholds(), titles)


def _check(options: argparse.Namespace, names: Iterable[str], sources: Sequence[Path]) -> None:
    """Check that files of the folder of `--out` may be written.

    Args:
        options: of the verb.
        names: the names of the files.
        sources: the data of the run.

    Raises:
        RcmvaeError: E304, E450 or E451 if one may not.
    """
    if options.out is None:
        return
    against = [] if options.against is None else [Path(options.against)]
    targets = [options.out / name for name in names]
    refuse_links(targets)
    check_outputs(targets, [options.run, *against, *sources], force=options.force)


def _contents(metrics: Mapping[str, Any], figures: Mapping[str, Figure]) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of each file: `evaluation.json`, and each figure as SVG and PNG.

    Args:
        metrics: plain values.
        figures: by name.
    """
    yield _RESULT, (json.dumps(metrics, indent=2) + "\n").encode()
    for name, figure in figures.items():
        yield f"{name}.svg", draw(figure)
        yield f"{name}.png", draw(figure, "png")


def as_text(metrics: Mapping[str, Any]) -> str:
    """Return the metrics as text, the out-of-distribution scores as a table."""
    lines = [f"{metrics['inputs']} test inputs"]
    lines += [f"{title:<18} {metrics[name]:.4f}" for name, title in _TITLES.items() if name in metrics]
    lines += _spec_lines(metrics)
    lines += _class_table(metrics.get("classes", ()))
    if "ood" in metrics:
        ood = metrics["ood"]
        lines += ["", f"{ood['inputs']} out-of-distribution inputs: {ood['against']}"]
        lines.append(f"{'score':<16} {'AUROC':>7} {'AUPR':>7} {'FPR@95':>7}")
        lines += [
            f"{name:<16} {one['auroc']:7.4f} {one['aupr']:7.4f} {one['fpr_at_95']:7.4f}"
            + ("  decides" if name == ood["decides"] else "")
            for name, one in ood["scores"].items()
        ]
    return "\n".join(lines)


def _spec_lines(metrics: Mapping[str, Any]) -> list[str]:
    """Return a line for each metric that the spec names and that has none yet."""
    rows = {name: row for name, row in metrics.get("metrics", {}).items() if name not in metrics}
    titles = {name: printable(name.replace("_", " ")) for name in rows}
    return [
        f"{titles[name]:<18} {row['value']:.4f} {printable(row['unit'])}".rstrip()
        for name, row in rows.items()
    ]


def _class_table(classes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the lines of a table with a row for each class; nothing without classes."""
    if not classes:
        return []
    shown = classes[:_LISTED]
    width = max(len("class"), *(len(printable(each["name"])) for each in shown))
    titles = ("inputs", "predicted", "precision", "recall", "F1", "AP")
    lines = ["", f"{'class':<{width}} " + " ".join(f"{title:>9}" for title in titles)]
    for each in shown:
        counts = f"{each['support']:9} {each['predicted']:9}"
        shares = (each[name] for name in ("precision", "recall", "f1", "average_precision"))
        cells = (f"{'-':>9}" if share is None else f"{share:9.4f}" for share in shares)
        lines.append(f"{printable(each['name']):<{width}} {counts} {' '.join(cells)}")
    more = len(classes) - len(shown)
    return [*lines, f"and {more} more: see --json"] if more else lines
