"""The core of RCM-VAE, in rooms that each import only the rooms before them.

runtime, plugin, spec, labels, data, model, rundir, training, report, inference, experiment, estimator,
active_learning, explore, scaffold, migrate, testing, cli.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rcmvae_core.version import __version__

if TYPE_CHECKING:
    from rcmvae_core.data.cells import as_numbers, is_missing, label_text
    from rcmvae_core.data.frames import as_table
    from rcmvae_core.data.inputs import looks_channels_first
    from rcmvae_core.data.sampling import evenly_spaced, stratified_split
    from rcmvae_core.errors import Diagnostic, RcmvaeError, RunError
    from rcmvae_core.estimator.classifier import RCMVAEClassifier
    from rcmvae_core.experiment.fit import fit
    from rcmvae_core.inference.class_metrics import imbalance_metrics
    from rcmvae_core.inference.imputation import Imputed
    from rcmvae_core.inference.latent_neighbours import LatentNeighbours, fit_neighbours
    from rcmvae_core.inference.load import load
    from rcmvae_core.inference.metrics import (
        adaptive_ece,
        calibration_error,
        detection,
        reliability,
        risk_coverage,
    )
    from rcmvae_core.inference.predictions import Predictions
    from rcmvae_core.inference.trained_model import Embedding, TrainedModel
    from rcmvae_core.inference.uncertainty import entropy
    from rcmvae_core.plugin.core_tables import AverageTable, LatentTable, TrainTable
    from rcmvae_core.plugin.declaration import Kind, Plugin
    from rcmvae_core.plugin.duration import Duration
    from rcmvae_core.plugin.flax_adapters import Dense, from_linen, from_nnx
    from rcmvae_core.plugin.hookspecs import hookimpl
    from rcmvae_core.plugin.missing import Observed, observed
    from rcmvae_core.plugin.parameters import Capabilities, NoParams, ScheduleFn, param, schedule
    from rcmvae_core.plugin.protocols import (
        Acquisition,
        Action,
        Augmentation,
        BuildContext,
        CalibratedPrediction,
        Calibrator,
        Callback,
        Classifier,
        ColumnBlock,
        Curriculum,
        CurriculumEffect,
        Dataset,
        EncoderOutput,
        Evaluated,
        ExportedModel,
        Exporter,
        FittedCalibrator,
        FittedProjection,
        Forward,
        ForwardStats,
        Head,
        LabelledBatch,
        LossInputs,
        LossTerm,
        LossWeightFactors,
        ModelScore,
        Net,
        Params,
        Prior,
        Progress,
        Projection,
        QueryPool,
        Routing,
        RoutingContext,
        Schedule,
        Score,
        ScoredModel,
        ScoreInputs,
        Selection,
        Source,
        StatefulLoss,
        Suggestion,
        Table,
        TrackedRun,
        Tracker,
        Units,
    )
    from rcmvae_core.plugin.protocols.figure import Metric, NotApplicable, Plot, ReportData
    from rcmvae_core.plugin.protocols.report_arrays import ReportArrays, Snapshot
    from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec

# Named by string so that a plugin's declaration, imported at every start, does not import JAX.
HOMES = {
    "data.cells": ("as_numbers", "is_missing", "label_text"),
    "data.frames": ("as_table",),
    "data.inputs": ("looks_channels_first",),
    "data.sampling": ("evenly_spaced", "stratified_split"),
    "errors": ("Diagnostic", "RcmvaeError", "RunError"),
    "estimator.classifier": ("RCMVAEClassifier",),
    "experiment.fit": ("fit",),
    "inference.class_metrics": ("imbalance_metrics",),
    "inference.imputation": ("Imputed",),
    "inference.latent_neighbours": ("LatentNeighbours", "fit_neighbours"),
    "inference.load": ("load",),
    "inference.metrics": ("adaptive_ece", "calibration_error", "detection", "reliability", "risk_coverage"),
    "inference.predictions": ("Predictions",),
    "inference.trained_model": ("Embedding", "TrainedModel"),
    "inference.uncertainty": ("entropy",),
    "plugin.core_tables": ("AverageTable", "LatentTable", "TrainTable"),
    "plugin.declaration": ("Kind", "Plugin"),
    "plugin.duration": ("Duration",),
    "plugin.flax_adapters": ("Dense", "from_linen", "from_nnx"),
    "plugin.hookspecs": ("hookimpl",),
    "plugin.missing": ("Observed", "observed"),
    "plugin.parameters": ("Capabilities", "NoParams", "ScheduleFn", "param", "schedule"),
    "plugin.protocols": (
        "Acquisition", "Action", "Augmentation", "CalibratedPrediction", "Calibrator", "Callback", "Evaluated", "ExportedModel", "Exporter", "QueryPool", "Classifier", "ColumnBlock", "BuildContext", "Curriculum", "Dataset",
        "ReportArrays", "LossWeightFactors", "FittedCalibrator", "FittedProjection", "Projection", "Forward", "Head", "EncoderOutput", "CurriculumEffect", "LabelledBatch", "LossInputs", "LossTerm", "StatefulLoss",
        "Net", "ForwardStats", "Params", "Prior", "Progress", "Metric", "NotApplicable", "Plot", "ReportData", "Snapshot", "Routing", "RoutingContext", "Schedule",
        "ModelScore", "Score", "ScoreInputs", "ScoredModel", "Selection", "Source", "Suggestion", "Table", "TrackedRun", "Tracker", "Units",
    ),
    "plugin.resolved": ("ResolvedPart", "ResolvedSpec"),
    "version": ("__version__",),
}  # fmt: skip
"""The module that each public name lives in."""

__all__ = [
    "Acquisition",
    "Action",
    "Augmentation",
    "AverageTable",
    "BuildContext",
    "CalibratedPrediction",
    "Calibrator",
    "Callback",
    "Capabilities",
    "Classifier",
    "ColumnBlock",
    "Curriculum",
    "CurriculumEffect",
    "Dataset",
    "Dense",
    "Diagnostic",
    "Duration",
    "Embedding",
    "EncoderOutput",
    "Evaluated",
    "ExportedModel",
    "Exporter",
    "FittedCalibrator",
    "FittedProjection",
    "Forward",
    "ForwardStats",
    "Head",
    "Imputed",
    "Kind",
    "LabelledBatch",
    "LatentNeighbours",
    "LatentTable",
    "LossInputs",
    "LossTerm",
    "LossWeightFactors",
    "Metric",
    "ModelScore",
    "Net",
    "NoParams",
    "NotApplicable",
    "Observed",
    "Params",
    "Plot",
    "Plugin",
    "Predictions",
    "Prior",
    "Progress",
    "Projection",
    "QueryPool",
    "RCMVAEClassifier",
    "RcmvaeError",
    "ReportArrays",
    "ReportData",
    "ResolvedPart",
    "ResolvedSpec",
    "Routing",
    "RoutingContext",
    "RunError",
    "Schedule",
    "ScheduleFn",
    "Score",
    "ScoreInputs",
    "ScoredModel",
    "Selection",
    "Snapshot",
    "Source",
    "StatefulLoss",
    "Suggestion",
    "Table",
    "TrackedRun",
    "Tracker",
    "TrainTable",
    "TrainedModel",
    "Units",
    "__version__",
    "adaptive_ece",
    "as_numbers",
    "as_table",
    "calibration_error",
    "detection",
    "entropy",
    "evenly_spaced",
    "fit",
    "fit_neighbours",
    "from_linen",
    "from_nnx",
    "hookimpl",
    "imbalance_metrics",
    "is_missing",
    "label_text",
    "load",
    "looks_channels_first",
    "observed",
    "param",
    "reliability",
    "risk_coverage",
    "schedule",
    "stratified_split",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module  # noqa: PLC0415

    for module, names in HOMES.items():
        if name in names:
            return getattr(import_module(f"rcmvae_core.{module}"), name)
    raise AttributeError(f"module `rcmvae_core` has no attribute `{name}`")
