"""Evaluates a run's model on its test data and on out-of-distribution inputs."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib.figure import Figure

from rcmvae_core.cli.actions.evaluate_figures import PREDICTIONS, evaluation_figures
from rcmvae_core.cli.actions.evaluate_metrics import named_metrics
from rcmvae_core.cli.actions.evaluate_text import as_text, never_predicted_classes, new_classes
from rcmvae_core.cli.actions.load_run import load_run
from rcmvae_core.cli.diagnostics import print_diagnostics
from rcmvae_core.cli.output import show
from rcmvae_core.cli.run_arguments import added
from rcmvae_core.cli.streams import print_lines
from rcmvae_core.data.fingerprint import fingerprint_rows
from rcmvae_core.data.source_paths import source_paths
from rcmvae_core.data.split import Split
from rcmvae_core.errors import fail
from rcmvae_core.inference.class_metrics import as_json, never_predicted
from rcmvae_core.inference.data_files import load_run_split, naming_missing_data, open_dataset
from rcmvae_core.inference.data_readers import formats
from rcmvae_core.inference.evaluation import (
    calibration_entry,
    classification_metrics,
    evaluate,
    metrics_by_class,
    ood_metrics,
)
from rcmvae_core.inference.leakage import run_leakage
from rcmvae_core.inference.predictions import Predictions
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.inference.training_reference import DatasetSubset
from rcmvae_core.plugin.declaration import load_object
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.report.drawing import draw
from rcmvae_core.runtime.atomic_files import replace_files
from rcmvae_core.runtime.outputs import check_outputs, refuse_links
from rcmvae_core.runtime.user_files import exists

_RESULT = "evaluation.json"


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
        **named_metrics(trained, tested, fingerprint_rows(dataset, split.test)),
        **({"classes": [as_json(each) for each in classes]} if classes else {}),
    }
    if calibration := calibration_entry(trained, tested):
        metrics["calibration"] = calibration
    ood = _predict_ood(trained, options, dataset, split)
    if ood is not None:
        metrics["ood"] = {
            "against": ood.source,
            "inputs": len(ood.predictions.labels),
            "decides": trained.ood_scorer.deciding,
            "scores": ood_metrics(trained, tested.predictions, ood.predictions),
        }
        leakage = run_leakage(trained, dataset, split, tested.predictions, ood.predictions)
        metrics["ood"] |= {"neighbourhood": leakage._asdict()} if leakage is not None else {}
    if options.out is not None:
        figures = dict(evaluation_figures(trained, tested, None if ood is None else ood.predictions, options))
        contents = dict(_contents(metrics, figures))
        _check(options, contents, source_paths(trained.resolved.if_available("data")))
        replace_files(options.out, contents, "choose another -o DIR")
        print_lines([str(options.out / _RESULT)])
    show(metrics, options, as_text)
    if tested.new:
        print_diagnostics([new_classes(tested.new)])
    if missed := [each for each in never_predicted(classes) if each.name not in tested.new]:
        print_diagnostics([never_predicted_classes(missed)])
    return 0


def _settings(options: argparse.Namespace) -> list[str]:
    """Return settings that add the scores and figures of the options, and with `--out` the built-in figures of predictions."""
    built_in = [
        each.plugin.name for each in discover().defaults("figure") if PREDICTIONS in each.plugin.provides
    ]
    figures = [*built_in, *options.figures] if options.out is not None else []
    return [*added("score", options.scores), *added("figure", figures)]


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
