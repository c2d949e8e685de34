"""Draws the figures of `rcmvae evaluate`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from matplotlib.figure import Figure

from rcmvae_core.cli.actions.evaluate_metrics import report_data
from rcmvae_core.cli.diagnostics import print_diagnostics
from rcmvae_core.experiment.report_figures import build_figure, missing_figure
from rcmvae_core.inference.evaluation import Evaluation
from rcmvae_core.inference.metrics import auroc
from rcmvae_core.inference.predictions import Predictions
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.plugin.protocols.figure import NotApplicable, Plot
from rcmvae_core.report.drawing import draw
from rcmvae_core.report.histograms import score_histograms
from rcmvae_core.rundir.report_data import read_report_data

PREDICTIONS = "figure.predictions"
"""The token of figures that need only labels and predictions."""


def evaluation_figures(
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
        if PREDICTIONS in part.capabilities().provides:
            data = report_data(tested)
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
